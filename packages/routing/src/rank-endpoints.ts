import type {
  BreakerState,
  Cohort,
  Credential,
  Endpoint,
  ExcludedCandidate,
  HealthSnapshot,
  Model,
  RoutingPolicy,
  TenantRights,
} from "@meridian/core";
import { type OrderedCredentials, orderCredentials } from "./order-credentials.js";
import { endpointObstacle } from "./tenant-rights.js";

/** An endpoint in its place among those that serve a model. */
export interface RankedEndpoint {
  readonly endpoint: Endpoint;
  readonly credentials: readonly Credential[];
  readonly breaker: BreakerState;
  /** Expected, in milliseconds; undefined where it was not measured or did not answer. */
  readonly latencyMs: number | undefined;
  readonly reason: string;
}

/** The endpoints that a plan holds of a model, best first, and the others with the reason. */
export interface EndpointRanking {
  readonly ranked: readonly RankedEndpoint[];
  readonly excluded: readonly ExcludedCandidate[];
}

/** Latencies that differ by less are taken for equal: a share of the best one, or milliseconds where that is more. */
const tolerance = { share: 0.2, ms: 5 };

/** From best to worst. */
const standings = { measured: 0, unmeasured: 1, unreachable: 2, unchecked: 3, open: 4 } as const;

/**
 * Ranks the endpoints that serve a model and that the tenant may use: by expected latency, then those not measured
 * yet, then those that did not answer their last probe, then those whose keys are all new and not checked yet, then
 * those whose breaker is open. Where the best have equals, two of them are drawn for the first places (power of two
 * choices). The first `maxEndpointsPerModel` stay. A half-open breaker changes nothing, for somebody has to find out
 * whether the endpoint is well; dispatch lets one call through and sends the others on.
 *
 * @param random gives a number of [0, 1)
 */
export function rankEndpoints(
  model: Model,
  cohort: Cohort,
  policy: Pick<RoutingPolicy, "endpoints" | "maxEndpointsPerModel">,
  rights: TenantRights,
  health: HealthSnapshot,
  random: () => number,
): EndpointRanking {
  const excluded: ExcludedCandidate[] = [];
  const standing: PlacedEndpoint[] = [];
  let isServed = false;
  for (const endpoint of policy.endpoints) {
    if (endpoint.models !== undefined && !endpoint.models.includes(model.id)) continue;
    isServed = true;
    const obstacle = endpointObstacle(rights, endpoint);
    if (obstacle !== undefined) {
      excluded.push({ model: model.id, endpoint: endpoint.name, reason: obstacle, byRights: true });
      continue;
    }
    const ordered = orderCredentials(endpoint, model, cohort, health);
    if (ordered === undefined) {
      excluded.push({ model: model.id, endpoint: endpoint.name, reason: "its keys are for the canary only" });
      continue;
    }
    const unreachable = health.reachability(endpoint.name) === "unreachable";
    const latencyMs = unreachable ? undefined : health.latencyMs(endpoint.name, model.id);
    const reached = unreachable ? "unreachable" : latencyMs === undefined ? "unmeasured" : "measured";
    const known = ordered.isChecked ? reached : "unchecked";
    standing.push(new PlacedEndpoint(endpoint, ordered, latencyMs, ordered.breaker === "open" ? "open" : known));
  }
  if (!isServed) excluded.push({ model: model.id, endpoint: undefined, reason: "no endpoint serves it" });
  if (standing.length > 1) {
    standing.sort((a, b) => standings[a.standing] - standings[b.standing] || (a.latencyMs ?? 0) - (b.latencyMs ?? 0));
    const equals = countEquals(standing);
    if (equals > 1) drawTwo(standing, equals, (place) => health.inFlight(place.endpoint.name, model.id), random);
    for (const { endpoint } of standing.splice(policy.maxEndpointsPerModel)) {
      const reason = `a plan holds the best ${policy.maxEndpointsPerModel} endpoints of a model`;
      excluded.push({ model: model.id, endpoint: endpoint.name, reason });
    }
    standing.forEach((place, index) => {
      place.take(index, equals);
    });
  }
  return { ranked: standing, excluded };
}

/** A class: each call has some, and its reason is put into words only for those who ask. */
class PlacedEndpoint implements RankedEndpoint {
  readonly endpoint: Endpoint;
  readonly credentials: readonly Credential[];
  readonly breaker: BreakerState;
  readonly latencyMs: number | undefined;
  readonly standing: keyof typeof standings;
  #index = 0;
  #equals = 1;

  constructor(
    endpoint: Endpoint,
    { credentials, breaker }: OrderedCredentials,
    latencyMs: number | undefined,
    standing: keyof typeof standings,
  ) {
    this.endpoint = endpoint;
    this.credentials = credentials;
    this.breaker = breaker;
    this.latencyMs = latencyMs;
    this.standing = standing;
  }

  /** Takes its place, where the first `equals` stand equally high. */
  take(index: number, equals: number): void {
    this.#index = index;
    this.#equals = equals;
  }

  get reason(): string {
    return reasonOf(this.standing, this.latencyMs, this.#index, this.#equals);
  }
}

/** How many stand as high as the first. */
function countEquals(ranked: readonly PlacedEndpoint[]): number {
  const [best] = ranked;
  const bestMs = best?.latencyMs ?? 0;
  const limitMs = Math.max(bestMs * (1 + tolerance.share), bestMs + tolerance.ms);
  return ranked.filter(({ standing, latencyMs = 0 }) => standing === best?.standing && latencyMs <= limitMs).length;
}

/** Moves two random ones of the first `equals` to the front, of these the one with fewer attempts under way first. */
function drawTwo(
  ranked: PlacedEndpoint[],
  equals: number,
  inFlight: (place: PlacedEndpoint) => number,
  random: () => number,
): void {
  const draw = (among: number) => ranked.splice(Math.floor(random() * among), 1);
  const drawn = [...draw(equals), ...draw(equals - 1)];
  ranked.unshift(...drawn.sort((a, b) => inFlight(a) - inFlight(b)));
}

function reasonOf(
  standing: keyof typeof standings,
  latencyMs: number | undefined,
  index: number,
  equals: number,
): string {
  const isDrawn = equals > 1 && index < equals;
  const oneOf = isDrawn ? `, one of ${equals} such` : "";
  switch (standing) {
    case "measured": {
      const place = isDrawn
        ? `one of ${equals} equally fast endpoints`
        : index === 0
          ? "fastest endpoint"
          : "next endpoint";
      return `${place}, ${Math.round(latencyMs ?? 0)} ms`;
    }
    case "unmeasured":
      return `endpoint not measured yet${oneOf}`;
    case "unreachable":
      return `endpoint did not answer its last probe${oneOf}`;
    case "unchecked":
      return `endpoint whose new key has not been checked yet${oneOf}`;
    case "open":
      return `after all others, its circuit breaker is open${oneOf}`;
  }
}
