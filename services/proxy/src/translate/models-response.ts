import { create } from "@bufbuild/protobuf";
import {
  type Endpoint,
  type HealthSnapshot,
  type Model,
  pricesAt,
  type RoutingPolicy,
  type TenantRights,
} from "@meridian/core";
import { type ListModelsResponse, ListModelsResponseSchema } from "@meridian/inference-proto";
import { endpointObstacle, mayUseModel, mayUseTier } from "@meridian/routing";

/**
 * The catalogue, by id, with the health of each model at each endpoint: of both what the tenant may use. A model that the
 * tenant may use at no endpoint is left out. Prices are those of `timeOfDayMs`, in milliseconds since 1970-01-01 UTC.
 */
export function modelsResponseFrom(
  policy: RoutingPolicy,
  rights: TenantRights,
  health: HealthSnapshot,
  timeOfDayMs: number,
): ListModelsResponse {
  const own = policy.endpoints.filter((endpoint) => endpointObstacle(rights, endpoint) === undefined);
  const hasEndpoint = (model: Model) =>
    own.some((endpoint) => serves(endpoint, model)) || !policy.endpoints.some((endpoint) => serves(endpoint, model));
  const models = [...policy.models.values()]
    .filter((model) => mayUseModel(rights, model.id) && hasEndpoint(model))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const view = { policy: { ...policy, endpoints: own }, rights, health, timeOfDayMs };
  return create(ListModelsResponseSchema, { models: models.map((model) => modelFrom(model, view)) });
}

/** What is shown, and to whom. */
interface ModelsView {
  /** With the tenant's endpoints alone. */
  readonly policy: RoutingPolicy;
  readonly rights: TenantRights;
  readonly health: HealthSnapshot;
  readonly timeOfDayMs: number;
}

function serves({ models }: Endpoint, { id }: Model): boolean {
  return models === undefined || models.includes(id);
}

function modelFrom(model: Model, { policy, rights, health, timeOfDayMs }: ModelsView) {
  const { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, reasoningNanoUsd } = pricesAt(model.prices, timeOfDayMs);
  return {
    id: model.id,
    tiers: tiersOf(model.id, policy, rights),
    prices: {
      inputNanoUsdPerMillionTokens: inputNanoUsd,
      outputNanoUsdPerMillionTokens: outputNanoUsd,
      ...(cachedInputNanoUsd === undefined ? {} : { cachedInputNanoUsdPerMillionTokens: cachedInputNanoUsd }),
      ...(reasoningNanoUsd === undefined ? {} : { reasoningNanoUsdPerMillionTokens: reasoningNanoUsd }),
    },
    contextWindowTokens: model.contextWindowTokens,
    ...(model.requestsPerMinute === undefined ? {} : { requestsPerMinute: model.requestsPerMinute }),
    endpoints: endpointsOf(model, policy, health),
    fallbacks: model.fallbacks.filter((id) => mayUseModel(rights, id)),
  };
}

function tiersOf(id: string, { tierModels, regions }: RoutingPolicy, rights: TenantRights): string[] {
  const isRegional = [...regions.values()].some((region) => region.model === id);
  const isOf = { low: tierModels.low === id, medium: isRegional, high: tierModels.high === id };
  return (["low", "medium", "high"] as const).filter((tier) => isOf[tier] && mayUseTier(rights, tier));
}

function endpointsOf(model: Model, { endpoints }: RoutingPolicy, health: HealthSnapshot) {
  return endpoints
    .filter((endpoint) => serves(endpoint, model))
    .map((endpoint) => {
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
