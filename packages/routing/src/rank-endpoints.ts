import type {
  BreakerState,
  Cohort,
  Credential,
  Endpoint,
  ExcludedCandidate,
  HealthSnapshot,
  Model,
  RoutingPolicy,
} from "@meridian/core";
import { orderCredentials } from "./order-credentials.js";

/** An endpoint in its place among those that serve a model. */
export interface RankedEndpoint {
  readonly endpoint: Endpoint;
  readonly credentials: readonly Credential[];
  readonly breaker: BreakerState;
  /** In milliseconds; undefined where it was not measured or did not answer. */
  readonly latencyMs: number | undefined;
  readonly reason: string;
}

/** The endpoints that a plan holds of a model, best first, and the others with the reason. */
export interface EndpointRanking {
  readonly ranked: readonly RankedEndpoint[];
  readonly excluded: readonly ExcludedCandidate[];
}

/** From best to worst. */
const standings = { measured: 0, unmeasured: 1, unreachable: 2, open: 3 } as const;

/**
 * Ranks the endpoints that serve a model: by measured latency, then those not measured yet, then those that did not
 * answer their last probe, then those whose breaker is open; in configured order among equals. The first
 * `maxEndpointsPerModel` stay.
 */
export function rankEndpoints(
  model: Model,
  cohort: Cohort,
  policy: Pick<RoutingPolicy, "endpoints" | "maxEndpointsPerModel">,
  health: HealthSnapshot,
): EndpointRanking {
  const excluded: ExcludedCandidate[] = [];
  const exclude = (endpoint: string | undefined, reason: string) => {
    excluded.push({ model: model.id, endpoint, reason });
  };
  const standing: (Omit<RankedEndpoint, "reason"> & { readonly standing: keyof typeof standings })[] = [];
  const serving = policy.endpoints.filter(({ models }) => models === undefined || models.includes(model.id));
  if (serving.length === 0) exclude(undefined, "no endpoint serves it");
  for (const endpoint of serving) {
    const ordered = orderCredentials(endpoint, model, cohort, health);
    if (ordered === undefined) {
      exclude(endpoint.name, "its keys are for the canary only");
      continue;
    }
    const unreachable = health.reachability(endpoint.name) === "unreachable";
    const latencyMs = unreachable ? undefined : health.latencyMs(endpoint.name);
    const reached = unreachable ? "unreachable" : latencyMs === undefined ? "unmeasured" : "measured";
    standing.push({ endpoint, ...ordered, latencyMs, standing: ordered.breaker === "open" ? "open" : reached });
  }
  standing.sort((a, b) => standings[a.standing] - standings[b.standing] || (a.latencyMs ?? 0) - (b.latencyMs ?? 0));
  for (const { endpoint } of standing.slice(policy.maxEndpointsPerModel)) {
    exclude(endpoint.name, `a plan holds the best ${policy.maxEndpointsPerModel} endpoints of a model`);
  }
  const ranked = standing
    .slice(0, policy.maxEndpointsPerModel)
    .map(({ standing, ...rest }, index) => ({ ...rest, reason: reasonOf(standing, rest.latencyMs, index) }));
  return { ranked, excluded };
}

function reasonOf(standing: keyof typeof standings, latencyMs: number | undefined, index: number): string {
  switch (standing) {
    case "measured":
      return `${index === 0 ? "fastest endpoint" : "next endpoint"}, ${Math.round(latencyMs ?? 0)} ms`;
    case "unmeasured":
      return "endpoint not measured yet";
    case "unreachable":
      return "endpoint did not answer its last probe";
    case "open":
      return "after all others, its circuit breaker is open";
  }
}
