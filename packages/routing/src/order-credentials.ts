import type { BreakerState, Cohort, Credential, Endpoint, HealthSnapshot, Model } from "@meridian/core";

/** The keys of an endpoint in the order that they are used, and what is known of the first. */
export interface OrderedCredentials {
  readonly credentials: readonly Credential[];
  readonly breaker: BreakerState;
  readonly isChecked: boolean;
}

/**
 * Orders an endpoint's keys for a user's side of the canary: its own, then those of both sides, then the other side's;
 * in configured order among equals. A key whose breaker is open, or that has not been checked yet, comes after the others,
 * so that a key which the relay rejects does not cost the endpoint its place; but a baseline user never starts with a canary key: where there is no
 * other, the answer is undefined.
 */
export function orderCredentials(
  endpoint: Endpoint,
  model: Model,
  cohort: Cohort,
  health: HealthSnapshot,
): OrderedCredentials | undefined {
  const { credentials } = endpoint;
  const only = credentials.length === 1 ? credentials[0] : undefined;
  // Most have one, and there is nothing to put in order.
  if (only !== undefined) {
    if (cohort === "baseline" && only.cohort === "canary") return undefined;
    const breaker = health.breaker({ endpoint, model, credential: only });
    return { credentials, breaker, isChecked: health.isChecked(only) };
  }
  const ranked = endpoint.credentials
    .map((credential) => {
      const breaker = health.breaker({ endpoint, model, credential });
      const isChecked = health.isChecked(credential);
      return { credential, breaker, isChecked, rank: rankOf(credential, isChecked ? breaker : "open", cohort) };
    })
    .sort((a, b) => a.rank - b.rank);
  const first = ranked[0];
  if (first === undefined || (cohort === "baseline" && first.credential.cohort === "canary")) return undefined;
  return {
    credentials: ranked.map(({ credential }) => credential),
    breaker: first.breaker,
    isChecked: first.isChecked,
  };
}

function rankOf(credential: Credential, breaker: BreakerState, cohort: Cohort): number {
  const side = credential.cohort === cohort ? 0 : credential.cohort === undefined ? 1 : 2;
  const mayStart = cohort === "canary" || side < 2;
  // Ranks: 0 to 2 by side, 3 to 5 the same with an open breaker or not checked, 6 and more what must never be first.
  return side + (breaker === "open" ? 3 : 0) + (mayStart ? 0 : 6);
}
