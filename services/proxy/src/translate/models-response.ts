import { create } from "@bufbuild/protobuf";
import type { HealthSnapshot, Model, RoutingPolicy } from "@meridian/core";
import { type ListModelsResponse, ListModelsResponseSchema } from "@meridian/inference-proto";

/** The catalogue, by id, with the health of each model at each endpoint. */
export function modelsResponseFrom(policy: RoutingPolicy, health: HealthSnapshot): ListModelsResponse {
  const models = [...policy.models.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return create(ListModelsResponseSchema, { models: models.map((model) => modelFrom(model, policy, health)) });
}

function modelFrom(model: Model, policy: RoutingPolicy, health: HealthSnapshot) {
  const { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd } = model.prices;
  return {
    id: model.id,
    tiers: tiersOf(model.id, policy),
    prices: {
      inputNanoUsdPerMillionTokens: inputNanoUsd,
      outputNanoUsdPerMillionTokens: outputNanoUsd,
      ...(cachedInputNanoUsd === undefined ? {} : { cachedInputNanoUsdPerMillionTokens: cachedInputNanoUsd }),
    },
    contextWindowTokens: model.contextWindowTokens,
    ...(model.requestsPerMinute === undefined ? {} : { requestsPerMinute: model.requestsPerMinute }),
    endpoints: endpointsOf(model, policy, health),
    fallbacks: [...model.fallbacks],
  };
}

function tiersOf(id: string, { tierModels, regions }: RoutingPolicy): string[] {
  const isRegional = [...regions.values()].some((region) => region.model === id);
  return [
    ...(tierModels.low === id ? ["low"] : []),
    ...(isRegional ? ["medium"] : []),
    ...(tierModels.high === id ? ["high"] : []),
  ];
}

function endpointsOf(model: Model, { endpoints }: RoutingPolicy, health: HealthSnapshot) {
  const serving = endpoints.filter(({ models }) => models === undefined || models.includes(model.id));
  return serving.map((endpoint) => {
    const breakers = endpoint.credentials.map((credential) => health.breaker({ endpoint, model, credential }));
    const latencyMs = health.latencyMs(endpoint.name, model.id);
    return {
      endpoint: endpoint.name,
      // One key that works is enough for the model to be served there.
      breaker:
        breakers.find((state) => state === "closed") ?? breakers.find((state) => state === "half_open") ?? "open",
      reachability: health.reachability(endpoint.name),
      ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs) }),
    };
  });
}
