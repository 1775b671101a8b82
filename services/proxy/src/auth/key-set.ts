import type { Clock } from "@meridian/core";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** Where the public keys of an issuer come from. */
export interface KeySetOptions {
  /** Fetches them. Rejects with an Error whose message may be shown. */
  readonly load: () => Promise<JSONWebKeySet>;
  readonly clock: Pick<Clock, "now">;
  /** From this age on calls wait until they are fetched anew; from half of it on that is done in the background. In milliseconds. */
  readonly maxAgeMs: number;
  /** The shortest time from one fetching to the next, in milliseconds: tokens of unknown keys cannot make more of them. */
  readonly cooldownMs: number;
  /** They could not be fetched: those that were there before still count. */
  readonly onFailure: (problem: string) => void;
}

/**
 * Creates what finds the key of a token (RFC 7517). A token that names a key that is not there has the set fetched again,
 * so that a rotation of the issuer's is followed at once. While a set is being fetched, all wait for the same one.
 */
export function createKeySet({ load, clock, maxAgeMs, cooldownMs, onFailure }: KeySetOptions): JWTVerifyGetKey {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    if (loading !== undefined) return loading;
    if (clock.now() - triedAtMs < cooldownMs) return Promise.resolve();
    triedAtMs = clock.now();
    loading = load()
      .then((set) => {
        keys = createLocalJWKSet(set);
      })
      .catch((error: unknown) => onFailure(error instanceof Error ? error.message : "unknown"))
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return async (header, token) => {
    const ageMs = clock.now() - triedAtMs;
    // Only where no call came for long is one made to wait: it might bring a token of a key that was withdrawn meanwhile.
    if (keys === undefined || ageMs >= maxAgeMs) await refresh();
    else if (ageMs >= maxAgeMs / 2) void refresh();
    const tried = keys;
    try {
      if (tried === undefined) throw new errors.JWKSNoMatchingKey();
      return await tried(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      // What changed meanwhile is not seen by the compiler.
      const renewed: typeof keys = keys;
      if (renewed === undefined || renewed === tried) throw error;
      return await renewed(header, token);
    }
  };
}
