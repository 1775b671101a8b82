import type { Clock, Model } from "@meridian/core";
import { type BucketRate, TokenBucket } from "./token-bucket.js";

/**
 * The share of a minute's limit that may be used at once. The rest comes in over the minute, so that no minute, wherever it
 * begins, has more than the limit.
 */
const burstShare = 0.1;

/** How far a limit is used. */
export interface LimitState {
  readonly limitPerMinute: number;
  /** How many may be used at once now: whole, never negative, and at most a tenth of the limit, or 1. */
  readonly remaining: number;
  /** Milliseconds until `remaining` is as much as it can be, if nothing is used until then. */
  readonly fullInMs: number;
}

/** How far the limits of a model, or of a tenant, are used; undefined: not limited. */
export interface ModelLimitState {
  readonly requests: LimitState | undefined;
  readonly tokens: LimitState | undefined;
}

/** What the relays allow a model a minute, kept here, so that calls go elsewhere before a relay answers 429. */
export interface ModelLimits {
  /** Milliseconds until a call of so many tokens may be made; 0: now. */
  waitMs(model: Model, tokens: number): number;
  /** Counts a call of so many tokens. */
  take(model: Model, tokens: number): void;
  /** Puts right what a call has counted, once it is known what it used. */
  settle(model: Model, takenTokens: number, usedTokens: number): void;
  /** How far the limits are used now. Counts nothing. */
  state(model: Model): ModelLimitState;
  /**
   * The limits for another configuration: it shares what is used of those that stay as they are, and begins the others
   * with nothing used. This one goes on for the calls that began with it.
   */
  successor(models: ReadonlyMap<string, Model>): ModelLimits;
}

interface Buckets {
  readonly limits: Limits;
  readonly requests: TokenBucket | undefined;
  readonly tokens: TokenBucket | undefined;
}

type Limits = Pick<Model, "requestsPerMinute" | "tokensPerMinute">;

/**
 * Creates the limits, nothing used. A model's limit counts for all of its endpoints and keys together.
 *
 * @param share the part of each limit that is this process's, above 0 to 1, where several share the relays. Default: all
 */
export function createModelLimits(clock: Clock, share = 1): ModelLimits {
  return limitsOf(new Map(), clock, share);
}

function limitsOf(known: Map<string, Buckets>, clock: Clock, share: number): ModelLimits {
  const shareOf = (limit: number | undefined) =>
    limit === undefined ? undefined : Math.max(1, Math.floor(limit * share));
  const limitsOfModel = (model: Model): Limits => ({
    requestsPerMinute: shareOf(model.requestsPerMinute),
    tokensPerMinute: shareOf(model.tokensPerMinute),
  });
  /** The same, by the model itself: a configuration has one for each id. */
  const seen = new WeakMap<Model, Buckets>();
  const bucketsOf = (model: Model): Buckets | undefined => {
    if (model.requestsPerMinute === undefined && model.tokensPerMinute === undefined) return undefined;
    const buckets = seen.get(model) ?? findBuckets(model);
    seen.set(model, buckets);
    return buckets;
  };
  const findBuckets = (model: Model): Buckets => {
    const limits = limitsOfModel(model);
    const { requestsPerMinute, tokensPerMinute } = limits;
    const buckets = known.get(model.id);
    if (buckets !== undefined && isEqual(buckets.limits, limits)) return buckets;
    const made = {
      limits,
      requests: bucketOf(requestsPerMinute, clock),
      tokens: bucketOf(tokensPerMinute, clock),
    };
    known.set(model.id, made);
    return made;
  };
  return {
    waitMs(model, tokens) {
      const buckets = bucketsOf(model);
      return Math.max(buckets?.requests?.waitMs(1) ?? 0, buckets?.tokens?.waitMs(tokens) ?? 0);
    },
    take(model, tokens) {
      const buckets = bucketsOf(model);
      buckets?.requests?.take(1);
      buckets?.tokens?.take(tokens);
    },
    settle: (model, takenTokens, usedTokens) => bucketsOf(model)?.tokens?.take(usedTokens - takenTokens),
    state(model) {
      const buckets = bucketsOf(model);
      return {
        requests: stateOf(buckets?.limits.requestsPerMinute, buckets?.requests),
        tokens: stateOf(buckets?.limits.tokensPerMinute, buckets?.tokens),
      };
    },
    successor(models) {
      const kept = [...known].filter(([id, { limits }]) => {
        const model = models.get(id);
        return model !== undefined && isEqual(limits, limitsOfModel(model));
      });
      return limitsOf(new Map(kept), clock, share);
    },
  };
}

function stateOf(limitPerMinute: number | undefined, bucket: TokenBucket | undefined): LimitState | undefined {
  if (limitPerMinute === undefined || bucket === undefined) return undefined;
  return { limitPerMinute, remaining: bucket.remaining, fullInMs: bucket.waitMs(Number.POSITIVE_INFINITY) };
}

function isEqual(a: Limits, b: Limits): boolean {
  return a.requestsPerMinute === b.requestsPerMinute && a.tokensPerMinute === b.tokensPerMinute;
}

function bucketOf(perMinute: number | undefined, clock: Clock): TokenBucket | undefined {
  return perMinute === undefined ? undefined : new TokenBucket(rateWithin(perMinute), clock);
}

/** A full bucket and what a minute brings make the limit: `capacity + perMinute - 1` come within less than a minute. */
function rateWithin(limitPerMinute: number): BucketRate {
  const capacity = Math.max(1, Math.floor(limitPerMinute * burstShare));
  return { capacity, perMinute: limitPerMinute - capacity + 1 };
}
