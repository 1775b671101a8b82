import type { Clock, Model } from "@meridian/core";
import { type BucketRate, TokenBucket } from "./token-bucket.js";

/**
 * The share of a minute's limit that may be used at once. The rest comes in over the minute, so that no minute, wherever it
 * begins, has more than the limit.
 */
const burstShare = 0.1;

/** What the relays allow a model a minute, kept here, so that calls go elsewhere before a relay answers 429. */
export interface ModelLimits {
  /** Milliseconds until a call of so many tokens may be made; 0: now. */
  waitMs(model: Model, tokens: number): number;
  /** Counts a call of so many tokens. */
  take(model: Model, tokens: number): void;
  /** Puts right what a call has counted, once it is known what it used. */
  settle(model: Model, takenTokens: number, usedTokens: number): void;
}

interface Buckets {
  readonly limits: Limits;
  readonly requests: TokenBucket | undefined;
  readonly tokens: TokenBucket | undefined;
}

type Limits = Pick<Model, "requestsPerMinute" | "tokensPerMinute">;

/** Creates the limits, nothing used. A model's limit counts for all of its endpoints and keys together. */
export function createModelLimits(clock: Clock): ModelLimits {
  const known = new Map<string, Buckets>();
  const bucketsOf = (model: Model): Buckets | undefined => {
    const { requestsPerMinute, tokensPerMinute } = model;
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) return undefined;
    const buckets = known.get(model.id);
    if (buckets !== undefined && isEqual(buckets.limits, model)) return buckets;
    const made = {
      limits: { requestsPerMinute, tokensPerMinute },
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
  };
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
