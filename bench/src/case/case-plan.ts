import type { CasePlan } from "./run-case.js";
import { variantNames } from "./variants.js";

type Plan = Omit<CasePlan, "slowness" | "onProgress">;

/**
 * All variants, at the pace of an average second of the published day: about two minutes for each two. More of them side by
 * side hold each other up on two cores, which their callers see as slow answers.
 */
export function fullPlan(seed: number): Plan {
  return { traffic: { seed, calls: 3_000, pace: 1 }, warmUpCalls: 300, variants: variantNames, sideBySide: 2 };
}

/** Before and after for a quarter of a minute: shares, bill and errors come out, what is told of latency is rough. */
export function quickPlan(seed: number): Plan {
  return { traffic: { seed, calls: 600, pace: 1.5 }, warmUpCalls: 60, variants: ["before", "after"], sideBySide: 2 };
}
