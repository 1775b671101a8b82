import type { Tier } from "./chat-call.js";

/** What a tenant's calls may use. Undefined: all there is. */
export interface TenantRights {
  /** Model ids. */
  readonly models: readonly string[] | undefined;
  readonly tiers: readonly Tier[] | undefined;
  /** Endpoints by name: where the data may go. A fallback never leaves them. */
  readonly endpoints: readonly string[] | undefined;
  /** Regions of endpoints, as the configuration names them. */
  readonly regions: readonly string[] | undefined;
}

/** How much a tenant may use, all its callers together. Undefined: no limit. */
export interface TenantLimits {
  readonly requestsPerMinute: number | undefined;
  /** Tokens of requests and answers. */
  readonly tokensPerMinute: number | undefined;
  readonly concurrentCalls: number | undefined;
  /** In a day of UTC. */
  readonly nanoUsdPerDay: bigint | undefined;
  /** In a month of UTC. */
  readonly nanoUsdPerMonth: bigint | undefined;
}

/** Whose a call is. */
export interface Tenant {
  /** As the configuration names it: 1 to 64 letters, digits, dots, underscores and dashes. */
  readonly name: string;
  readonly rights: TenantRights;
  readonly limits: TenantLimits;
}

/** Whose the calls are where no authentication is configured: it may do anything. */
export const anonymous: Tenant = {
  name: "anonymous",
  rights: { models: undefined, tiers: undefined, endpoints: undefined, regions: undefined },
  limits: {
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    concurrentCalls: undefined,
    nanoUsdPerDay: undefined,
    nanoUsdPerMonth: undefined,
  },
};
