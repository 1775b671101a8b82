import type { TokenCounter } from "./token-counter.js";

/** How many tokens some texts have, about. */
export interface TokenEstimate {
  readonly tokens: number;
  /** As many, if all that was not looked at were as dense as the densest of the samples. Likely, not sure. */
  readonly likelyAtMost: number;
  /** True: both numbers are the whole count. */
  readonly exact: boolean;
}

const samples = 32;
const sampleUnits = 256;

/**
 * Estimates the tokens of texts of any length with bounded work, for the cost of an answer that a relay did not count
 * and for the cost of a prompt. Texts of up to 8,192 UTF-16 units together are counted; of longer ones 32 samples of
 * up to 256 units, evenly spread, are counted and scaled to the whole.
 */
export function estimateTokens(texts: readonly string[], counter: TokenCounter): TokenEstimate {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (units <= samples * sampleUnits) {
    const { tokens } = counter.count(texts, Number.POSITIVE_INFINITY);
    return { tokens, likelyAtMost: tokens, exact: true };
  }
  let sampledTokens = 0;
  let sampledUnits = 0;
  let densest = 0;
  let textStart = 0;
  let taken = 0;
  for (const text of texts) {
    const textEnd = textStart + text.length;
    for (; taken < samples; taken++) {
      const position = Math.floor((taken * units) / samples);
      if (position >= textEnd) break;
      const sample = text.slice(position - textStart, position - textStart + sampleUnits);
      const { tokens } = counter.count([sample], Number.POSITIVE_INFINITY);
      sampledTokens += tokens;
      sampledUnits += sample.length;
      densest = Math.max(densest, tokens / sample.length);
    }
    textStart = textEnd;
  }
  return {
    tokens: Math.ceil((sampledTokens / sampledUnits) * units),
    likelyAtMost: Math.ceil(sampledTokens + densest * (units - sampledUnits)),
    exact: false,
  };
}
