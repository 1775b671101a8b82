import type { RuntimeConfig } from "@meridian/config";
import { anonymous, type HealthSnapshot } from "@meridian/core";
import type { ChatRequest, ExplainRouteResponse } from "@meridian/inference-proto";
import { createTokenCounter, featuresOf, planRoute } from "@meridian/routing";
import { loadVocabulary } from "../edge/vocabulary.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { explainResponseFrom } from "../translate/explain-response.js";

/** All endpoints are well, and none is measured. */
const wellHealth: HealthSnapshot = {
  breaker: () => "closed",
  latencyMs: () => undefined,
  inFlight: () => 0,
  reachability: () => "unknown",
  isChecked: () => true,
};

/**
 * The plan that a configuration gives a chat, without a running Meridian: by the same planner, as if every endpoint were well.
 * Throws an `Error` in plain words where there is no plan.
 *
 * @param timeOfDayMs whose prices count, in milliseconds since 1970-01-01 UTC
 */
export function explainOffline(
  chat: ChatRequest,
  country: string,
  { routing: policy }: Pick<RuntimeConfig, "routing">,
  timeOfDayMs: number,
): ExplainRouteResponse {
  const call = chatCallFrom(chat, "", undefined, policy);
  const features = featuresOf(call, policy, createTokenCounter(loadVocabulary()), "counted");
  const result = planRoute(features, {
    location: { country, source: country === "DEFAULT" ? "none" : "--country", clientAddress: undefined },
    policy,
    canaryPercentage: policy.canary.percentage,
    rights: anonymous.rights,
    health: wellHealth,
    timeOfDayMs,
    random: () => 0,
  });
  if (result.kind === "planned") return explainResponseFrom(result.plan, policy, "");
  const { failure } = result;
  if (failure.kind === "unknown_model")
    throw new Error(`unknown_model: the configuration has no model "${failure.model}"`);
  const reasons = failure.kind === "not_allowed" ? failure.reasons : failure.excluded;
  throw new Error(`${failure.kind}: ${reasons.join("; ")}`);
}
