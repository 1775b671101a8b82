import { describe, expect, test } from "vitest";
import { addEvidence, logEvidenceOf, newTest, type Table } from "./sequential-test.js";

const table = (canary: [calls: number, hits: number], baseline: [calls: number, hits: number]): Table => ({
  canary: { calls: canary[0], hits: canary[1] },
  baseline: { calls: baseline[0], hits: baseline[1] },
});

describe("the evidence of a block", () => {
  const sought = { baseline: 0.1, canary: 0.3 };

  test.each([
    ["of no calls", table([0, 0], [0, 0])],
    ["of the canary's calls alone", table([20, 9], [0, 0])],
    ["of the baseline's calls alone", table([0, 0], [20, 9])],
  ])("%s is none", (_name, block) => {
    expect(logEvidenceOf(block, sought)).toBeCloseTo(0, 12);
  });

  test("speaks against the canary that fails more, and for the one that does not", () => {
    expect(logEvidenceOf(table([10, 3], [10, 1]), sought)).toBeGreaterThan(0);
    expect(logEvidenceOf(table([10, 1], [10, 3]), sought)).toBeLessThan(0);
  });

  test.each([
    ["few of the canary", 2, 9, 0.2],
    ["as many of both", 6, 6, 0.05],
    ["a rate far from the one that was sought", 3, 7, 0.8],
    ["a canary that is better", 4, 5, 0.4, 0.1],
  ])("is worth at most 1 on average: %s", (_name, canaryCalls, baselineCalls, rate, canaryRate = rate) => {
    let expectation = 0;
    for (let a = 0; a <= canaryCalls; a += 1) {
      for (let b = 0; b <= baselineCalls; b += 1) {
        const evidence = Math.exp(logEvidenceOf(table([canaryCalls, a], [baselineCalls, b]), sought));
        expectation += evidence * binomial(canaryCalls, a, canaryRate) * binomial(baselineCalls, b, rate);
      }
    }
    expect(expectation).toBeLessThanOrEqual(1 + 1e-12);
  });
});

describe("a test", () => {
  test("passes a round for the canary at 1 to 20, and begins the next one", () => {
    const { test, isWorse } = addEvidence(newTest, Math.log(1 / 20), 0.025);
    expect(isWorse).toBe(false);
    expect(test).toEqual({ round: 2, logEvidence: 0, roundsPassed: 1 });
  });

  test.each([
    [1, 80],
    [2, 240],
    [10, 4_400],
  ])("takes more evidence in a later round: in round %d it is %d to 1", (round, odds) => {
    const start = { ...newTest, round };
    expect(addEvidence(start, Math.log(odds * 0.999), 0.025).isWorse).toBe(false);
    expect(addEvidence(start, Math.log(odds * 1.001), 0.025).isWorse).toBe(true);
  });
});

function binomial(count: number, hits: number, rate: number): number {
  let ways = 1;
  for (let index = 0; index < hits; index += 1) ways = (ways * (count - index)) / (index + 1);
  return ways * rate ** hits * (1 - rate) ** (count - hits);
}
