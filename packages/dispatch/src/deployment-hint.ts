import type { Credential, Endpoint, Model } from "@meridian/core";

/**
 * What a process has met, for others that call the same deployments. It makes them careful and decides nothing for them:
 *
 * - `circuit_open`: a breaker has opened there, that of a key or, without one, that of the model at its endpoint. Where
 *   it is closed here, one call at a time passes until one has succeeded.
 * - `rate_limited`: the relay has named a delay for a key. It is kept to here as well, for `longestHintMs` at most.
 */
export type DeploymentHint =
  | {
      readonly kind: "circuit_open";
      readonly endpoint: Endpoint;
      readonly model: Model;
      readonly credential: Credential | undefined;
    }
  | {
      readonly kind: "rate_limited";
      readonly endpoint: Endpoint;
      readonly model: Model;
      readonly credential: Credential;
      readonly forMs: number;
    };

/** How long the word of another process keeps calls away, in milliseconds; then this one finds out for itself. */
export const longestHintMs = 30_000;
