import { isDeepStrictEqual } from "node:util";
import type { Decision, RoutingPolicy } from "@meridian/core";
import { relativeCosts } from "@meridian/routing";
import type { LearnedRouting } from "../learned/learned-routing.js";

/**
 * A decision as the learned policy of another budget would have read it: the score is the recorded one, and the cut-offs
 * are those of a process that has seen the decisions that were reread before. Where the budget is the recorded one, or
 * the score is of other weights, the decision stays as it is.
 */
export function rereadDecision(
  taken: Decision,
  tenant: string,
  { policy, learned }: { readonly policy: RoutingPolicy; readonly learned: LearnedRouting | undefined },
): Decision {
  const { features, location, timeOfDayMs } = taken;
  const recorded = features.prompt.learned;
  const { version, budget } = policy.learned;
  if (learned === undefined || recorded?.version !== version || isDeepStrictEqual(recorded.budget, budget))
    return taken;
  const costs = relativeCosts(features, location.country, policy, timeOfDayMs);
  const reading = learned.readingOf(recorded, tenant, costs);
  learned.count(tenant, reading);
  return { ...taken, features: { ...features, prompt: { ...features.prompt, learned: reading } } };
}
