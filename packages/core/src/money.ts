import type { Usage } from "./answer.js";

/** Prices per 1,000,000 tokens, in nano-USD (1 USD = 1,000,000,000). Integers, so that sums are exact. */
export interface Prices {
  /** Of the request. 0 where the relay does not bill it, or the price is not known. */
  readonly inputNanoUsd: bigint;
  /** Of the answer, reasoning included. */
  readonly outputNanoUsd: bigint;
  /** Of the part of the request that the relay had in its cache; undefined: as the rest of the request. */
  readonly cachedInputNanoUsd: bigint | undefined;
}

const million = 1_000_000n;

/** The cost of a usage in nano-USD, rounded up to the next whole one. */
export function costNanoUsd(usage: Usage, prices: Prices): bigint {
  const cached = BigInt(Math.min(usage.cachedTokens, usage.promptTokens));
  const fresh = BigInt(usage.promptTokens) - cached;
  const perMillion =
    fresh * prices.inputNanoUsd +
    cached * (prices.cachedInputNanoUsd ?? prices.inputNanoUsd) +
    BigInt(usage.completionTokens) * prices.outputNanoUsd;
  return (perMillion + million - 1n) / million;
}
