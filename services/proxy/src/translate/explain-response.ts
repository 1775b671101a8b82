import { create } from "@bufbuild/protobuf";
import type { Candidate, RoutePlan, RoutingPolicy } from "@meridian/core";
import { type ExplainRouteResponse, ExplainRouteResponseSchema } from "@meridian/inference-proto";
import type { WeighedFeature } from "@meridian/routing";
import { readingMessage } from "./reading-message.js";

/** The explanation of a plan. `features`: what weighed in a learned score. */
export function explainResponseFrom(
  plan: RoutePlan,
  { keywords }: RoutingPolicy,
  configVersion: string,
  features: readonly WeighedFeature[] = [],
): ExplainRouteResponse {
  const { signals } = plan;
  return create(ExplainRouteResponseSchema, {
    country: plan.location.country,
    countrySource: plan.location.source,
    tier: plan.tier ?? "",
    signals: {
      policy: signals.policy,
      promptTokens: signals.promptTokens,
      promptTokensExact: signals.promptTokensExact,
      lowWords: [...signals.lowWords],
      highWords: [...signals.highWords],
      lowBelowTokens: keywords.lowBelowTokens,
      highAboveTokens: keywords.highAboveTokens,
      ...readingMessage(signals),
      features: features.map(({ name, effect }) => ({ name, effect })),
    },
    reasons: [...plan.reasons],
    canaryBucket: plan.canaryBucket,
    cohort: plan.cohort,
    temperature: plan.temperature,
    maxTokens: plan.maxTokens,
    candidates: plan.candidates.map(candidateFrom),
    excluded: plan.excluded.map(({ model, endpoint = "", reason }) => ({ model, endpoint, reason })),
    configVersion,
  });
}

function candidateFrom(candidate: Candidate) {
  const { endpoint, model, credentials, reason, breaker, estimatedCostNanoUsd, latencyMs } = candidate;
  return {
    endpoint: endpoint.name,
    model: model.id,
    reason,
    breaker,
    estimatedCostNanoUsd,
    credentials: credentials.map(({ name }) => name),
    ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs) }),
  };
}
