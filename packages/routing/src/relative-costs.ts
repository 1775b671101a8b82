import type { CallFeatures, RelativeCosts, RoutingPolicy } from "@meridian/core";
import { regionRuleOf } from "./choose-model.js";
import { estimateCost } from "./estimate-cost.js";

/** What a call from a country would cost in each tier, by the estimate that its limit of cost is checked against. */
export function relativeCosts(
  call: CallFeatures,
  country: string,
  policy: RoutingPolicy,
  timeOfDayMs: number,
): RelativeCosts {
  const region = regionRuleOf(country, policy);
  const maxTokens = call.maxTokens ?? region.maxTokens ?? policy.defaultMaxTokens;
  const costOf = (id: string) => {
    const model = policy.models.get(id);
    return model === undefined ? 0 : Number(estimateCost(call, maxTokens, model, timeOfDayMs));
  };
  const high = costOf(policy.tierModels.high);
  const ratioOf = (id: string) => (high === 0 ? 1 : Number((costOf(id) / high).toFixed(6)));
  return { low: ratioOf(policy.tierModels.low), medium: ratioOf(region.model), high: 1 };
}
