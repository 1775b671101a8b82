import type { Usage } from "./answer.js";

/** Prices per 1,000,000 tokens, in nano-USD (1 USD = 1,000,000,000). Integers, so that sums are exact. */
export interface Prices {
  /** Of the request. 0 where the relay does not bill it, or the price is not known. */
  readonly inputNanoUsd: bigint;
  /** Of the answer. */
  readonly outputNanoUsd: bigint;
  /** Of the part of the request that the relay had in its cache; undefined: as the rest of the request. */
  readonly cachedInputNanoUsd: bigint | undefined;
  /** Of the part of the answer spent on reasoning; undefined: as the rest of the answer. */
  readonly reasoningNanoUsd: bigint | undefined;
}

/** Prices that count from a moment on. */
export interface PriceChange {
  /** In milliseconds since 1970-01-01 UTC. */
  readonly validFromMs: number;
  readonly prices: Prices;
}

/** What a model costs over time. */
export interface PriceList {
  /** What counts before the first change. */
  readonly base: Prices;
  /** In ascending order of time. */
  readonly changes: readonly PriceChange[];
}

const million = 1_000_000n;

/** The prices in force at a time, which is in milliseconds since 1970-01-01 UTC. */
export function pricesAt({ base, changes }: PriceList, timeMs: number): Prices {
  return changes.findLast(({ validFromMs }) => validFromMs <= timeMs)?.prices ?? base;
}

/** The cost of a usage in nano-USD: the exact sum of its parts, rounded up to the next whole one, once. */
export function costNanoUsd(usage: Usage, prices: Prices): bigint {
  const cached = BigInt(Math.min(usage.cachedTokens, usage.promptTokens));
  const fresh = BigInt(usage.promptTokens) - cached;
  const reasoning = BigInt(Math.min(usage.reasoningTokens, usage.completionTokens));
  const told = BigInt(usage.completionTokens) - reasoning;
  const perMillion =
    fresh * prices.inputNanoUsd +
    cached * (prices.cachedInputNanoUsd ?? prices.inputNanoUsd) +
    told * prices.outputNanoUsd +
    reasoning * (prices.reasoningNanoUsd ?? prices.outputNanoUsd);
  return (perMillion + million - 1n) / million;
}

/** What a prompt and an answer of so many tokens cost at most, in nano-USD: nothing cached, and the answer of the dearer kind. */
export function mostNanoUsd(promptTokens: number, completionTokens: number, prices: Prices): bigint {
  const isReasoningDearer = (prices.reasoningNanoUsd ?? 0n) > prices.outputNanoUsd;
  const reasoningTokens = isReasoningDearer ? completionTokens : 0;
  return costNanoUsd(
    { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens, provenance: "estimated" },
    prices,
  );
}
