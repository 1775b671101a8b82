import { expect, test } from "vitest";
import { cities } from "./assumptions.js";
import { answerTokensFor, type CaseCall, makeCalls } from "./make-calls.js";

const traffic = { seed: 7, calls: 2_000, pace: 1 };
const shareOf = (calls: readonly CaseCall[], matches: (call: CaseCall) => boolean) =>
  calls.filter(matches).length / calls.length;

test("the seed decides everything", () => {
  expect(makeCalls(traffic)).toEqual(makeCalls(traffic));
  expect(makeCalls(traffic)).not.toEqual(makeCalls({ ...traffic, seed: 8 }));
});

test("cities and classes come in the assumed shares, in every city alike", () => {
  const calls = makeCalls(traffic);
  for (const { name, share } of cities) {
    expect(shareOf(calls, ({ city }) => city === name)).toBeCloseTo(share, 3);
    const local = calls.filter(({ city }) => city === name);
    expect(shareOf(local, ({ promptClass }) => promptClass === "lookup")).toBeCloseTo(0.68, 2);
    expect(shareOf(local, ({ promptClass }) => promptClass === "complex")).toBeCloseTo(0.08, 2);
  }
});

test("calls arrive at the pace of the published day", () => {
  const [last] = makeCalls(traffic).slice(-1);
  expect((last?.atMs ?? 0) / 1_000 / (2_000 / (2_300_000 / 86_400))).toBeCloseTo(1, 0);
});

test("prompts are varied, and nothing is left to fill in", () => {
  const calls = makeCalls(traffic);
  expect(new Set(calls.map(({ prompt }) => prompt)).size).toBeGreaterThan(1_000);
  for (const { prompt } of calls) expect(prompt).not.toMatch(/[{}]|undefined/);
});

test("an answer's length depends on the prompt alone", () => {
  const lengths = makeCalls(traffic).map(({ prompt }) => answerTokensFor(prompt));
  expect(answerTokensFor("Why?")).toBe(answerTokensFor("Why?"));
  expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([22, 90]);
});
