import { hash } from "node:crypto";
import type { ApiKey } from "@meridian/config";

/** What every API key begins with. */
export const apiKeyPrefix = "mk_";

/** The keys that callers may show. */
export interface ApiKeyRing {
  /** Puts these in the place of all that were there. */
  replace(keys: readonly ApiKey[]): void;
  /** The name of the tenant of a key that counts now; undefined for one that is unknown, revoked or expired. */
  tenantOf(key: string): string | undefined;
}

/**
 * Creates an empty ring. A key is looked up by its SHA-256: how long that takes tells something of the hash at most, of
 * which nobody gets back to the key, and all keys that do not count take the same way.
 *
 * @param timeOfDayMs milliseconds since 1970-01-01 UTC
 */
export function createApiKeyRing(timeOfDayMs: () => number): ApiKeyRing {
  let ring: ReadonlyMap<string, { readonly tenant: string; readonly endsAtMs: number }> = new Map();
  return {
    replace(keys) {
      ring = new Map(keys.map((key) => [key.sha256, { tenant: key.tenant, endsAtMs: endOf(key) }]));
    },
    tenantOf(key) {
      const found = ring.get(hash("sha256", key, "hex"));
      return found !== undefined && timeOfDayMs() < found.endsAtMs ? found.tenant : undefined;
    },
  };
}

/** A key is revoked at once, whatever the clock says. */
function endOf({ revoked, expires }: ApiKey): number {
  if (revoked !== null) return Number.NEGATIVE_INFINITY;
  return expires === null ? Number.POSITIVE_INFINITY : Date.parse(expires);
}
