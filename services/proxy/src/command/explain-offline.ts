import type { RuntimeConfig } from "@meridian/config";
import { anonymous, type HealthSnapshot } from "@meridian/core";
import type { ChatRequest, ExplainRouteResponse } from "@meridian/inference-proto";
import { createTokenCounter, featuresOf, planRoute } from "@meridian/routing";
import { openVocabularyFile } from "../edge/vocabulary.js";
import { createLearnedModels } from "../learned/learned-models.js";
import { readFeatures } from "../learned/read-features.js";
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
 * The plan that a configuration gives a chat, without a running Meridian: by the same planner, as if every endpoint were well
 * and the learned policy had spent nothing. Rejects with an `Error` in plain words where there is no plan.
 *
 * @param timeOfDayMs whose prices count, in milliseconds since 1970-01-01 UTC
 */
export async function explainOffline(
  chat: ChatRequest,
  country: string,
  { routing: policy }: Pick<RuntimeConfig, "routing">,
  timeOfDayMs: number,
): Promise<ExplainRouteResponse> {
  const models = createLearnedModels();
  await models.prepare(policy);
  const learned = models.routingOf(policy);
  const call = chatCallFrom(chat, "", undefined, policy);
  const features = readFeatures(
    featuresOf(call, policy, createTokenCounter(openVocabularyFile()), "counted"),
    call.question,
    { country, tenant: anonymous.name, timeOfDayMs },
    { policy, learned },
  );
  const result = planRoute(features, {
    location: { country, source: country === "DEFAULT" ? "none" : "--country", clientAddress: undefined },
    policy,
    canaryPercentage: policy.canary.percentage,
    rights: anonymous.rights,
    health: wellHealth,
    timeOfDayMs,
    random: () => 0,
  });
  if (result.kind === "planned") {
    const weighed = result.plan.signals.learned && learned?.explain(call.question);
    return explainResponseFrom(result.plan, policy, "", weighed);
  }
  const { failure } = result;
  if (failure.kind === "unknown_model")
    throw new Error(`unknown_model: the configuration has no model "${failure.model}"`);
  const reasons = failure.kind === "not_allowed" ? failure.reasons : failure.excluded;
  throw new Error(`${failure.kind}: ${reasons.join("; ")}`);
}
