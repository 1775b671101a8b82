import { describe, expect, test } from "vitest";
import { defaultRollout } from "../testing/simulate-rollout.js";
import { type CanaryObservation, CohortComparison } from "./cohort-comparison.js";

type Seen = Omit<CanaryObservation, "cohort">;

const failed: Seen = { isFailed: true, latency: undefined };
const unaryAfter = (ms: number): Seen => ({ isFailed: false, latency: { transport: "unary", ms } });

/** Gives both sides the same calls in turn, until something is wrong with the canary. */
function send(comparison: CohortComparison, calls: number, canary: Seen, baseline: Seen) {
  for (let index = 0; index < calls; index += 1) {
    const mismatch =
      comparison.observe({ cohort: "canary", ...canary }) ?? comparison.observe({ cohort: "baseline", ...baseline });
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

describe("a comparison", () => {
  test("takes a relay that fails for everybody, for hours, for no fault of the canary", () => {
    const comparison = new CohortComparison(defaultRollout);
    expect(send(comparison, 200_000, failed, failed)).toBeUndefined();
    const { errors } = comparison.state;
    expect(Number.isFinite(errors.logEvidence)).toBe(true);
    expect(send(comparison, 2_000, unaryAfter(100), unaryAfter(100))).toBeUndefined();
    expect(send(comparison, 2_000, failed, unaryAfter(100))).toBe("more_errors");
  });

  test("compares no latency before enough of the baseline's are known", () => {
    const comparison = new CohortComparison(defaultRollout);
    expect(send(comparison, 199, unaryAfter(900), unaryAfter(100))).toBeUndefined();
    expect(comparison.p95Ms("unary")).toBeUndefined();
    expect(comparison.state.canary.answers).toBe(0);
    expect(send(comparison, 200, unaryAfter(900), unaryAfter(100))).toBe("slower");
  });

  test("compares streams with streams: that whole answers take longer says nothing", () => {
    const comparison = new CohortComparison(defaultRollout);
    for (let index = 0; index < 4_000; index += 1) {
      const cohort = index % 2 === 0 ? "canary" : "baseline";
      // Most of the canary's answers are whole ones, most of the baseline's are streams.
      const isWhole = index % 10 < (cohort === "canary" ? 8 : 2);
      const latency = isWhole ? ({ transport: "unary", ms: 900 } as const) : ({ transport: "stream", ms: 90 } as const);
      expect(comparison.observe({ cohort, isFailed: false, latency })).toBeUndefined();
    }
    expect(comparison.state.canary.slow).toBe(0);
  });
});
