import { describe, expect, test } from "vitest";
import { type RolloutEnd, type SimulatedSide, simulateRollout, usualLatenciesMs } from "../testing/simulate-rollout.js";

// The figures of docs/canary.md. Every run has a seed of its own, so each of these tests comes to the same every time.
const runs = 1_000;
const baseline: SimulatedSide = { errorRate: 0.01, latenciesMs: usualLatenciesMs };
const slower: SimulatedSide = { errorRate: 0.01, latenciesMs: usualLatenciesMs.map((ms) => ms * 1.3) };
const failing: SimulatedSide = { errorRate: 0.03, latenciesMs: usualLatenciesMs };

function simulate(count: number, canary: SimulatedSide, callsPerStep: number): readonly RolloutEnd[] {
  return Array.from({ length: count }, (_, index) =>
    simulateRollout({ baseline, canary, callsPerStep, maxCalls: 200_000, seed: index + 1 }),
  );
}

const count = (ends: readonly RolloutEnd[], decision: RolloutEnd["decision"]) =>
  ends.filter((end) => end.decision === decision).length;

test("an equal canary is promoted to 100 %, and wrongly aborted in fewer than 1 of 20 rollouts", () => {
  const ends = simulate(runs, baseline, 3_000);
  expect(count(ends, "promote") + count(ends, "abort")).toBe(runs);
  expect(count(ends, "abort")).toBeLessThan(runs / 20);
  const whole = ends.find(({ decision }) => decision === "promote");
  expect(whole?.percentages).toEqual([10, 20, 30, 40, 50, 60, 70, 100]);
}, 120_000);

describe("a canary is aborted within 20,000 calls, 2,000 of them its own, in 99 of 100 rollouts, and never promoted", () => {
  test.each([
    ["with 2 points more errors", failing, /^\d\.\d\d % of \d+ calls of the canary failed, \d\.\d\d % of \d+ calls of/],
    ["with a p95 that is 30 % longer", slower, /took longer than the baseline's p95 \(\d+ ms for a whole answer\): /],
  ] as const)(
    "%s",
    (_name, canary, reason) => {
      const ends = simulate(runs, canary, 20_000);
      expect(count(ends, "abort")).toBe(runs);
      const inTime = ends.filter(({ calls, canaryCalls }) => calls <= 20_000 && canaryCalls <= 2_000);
      expect(inTime.length).toBeGreaterThanOrEqual(0.99 * runs);
      expect(ends[0]?.reason).toMatch(reason);
    },
    120_000,
  );
});

test("a canary that turns bad after 60,000 good calls is aborted too", () => {
  const turnsAtCall = 60_000;
  const end = simulateRollout({
    baseline,
    canary: failing,
    callsPerStep: 100_000,
    maxCalls: 200_000,
    seed: 1,
    turnsAtCall,
  });
  expect(end).toMatchObject({ decision: "abort" });
  expect(end.calls).toBeLessThan(turnsAtCall + 30_000);
});

test("the same calls make the same decisions", () => {
  const again = () => simulate(3, failing, 4_000);
  expect(again()).toEqual(again());
});
