import type { Decision, RoutingPolicy, TenantRights } from "@meridian/core";
import { healthFrom } from "./health-data.js";
import type { PlanResult } from "./plan-result.js";
import { planRoute } from "./plan-route.js";

/**
 * Makes the plan of a decision that was taken down: as the call is planned when it comes, and again whenever somebody asks what
 * another policy would have made of it. The same arguments give the same plan. The caller's address goes into the plan, and
 * nothing depends on it.
 */
export function planDecision(
  { features, location, health, canary, timeOfDayMs, seed }: Decision,
  policy: RoutingPolicy,
  rights: TenantRights,
  clientAddress?: string,
): PlanResult {
  return planRoute(features, {
    location: { ...location, clientAddress },
    policy,
    canaryPercentage: canary.currentPercentage,
    rights,
    health: healthFrom(health, policy),
    timeOfDayMs,
    random: seededRandom(seed),
  });
}

/** Numbers of [0, 1), the same for the same seed of 32 bits: Mulberry32 by Tommy Ettinger (public domain). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
