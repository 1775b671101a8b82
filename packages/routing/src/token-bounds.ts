import type { PromptFeatures } from "@meridian/core";

/** The longest token of o200k_base, in bytes. */
const maxTokenBytes = 128;
/** The most bytes of UTF-8 that one UTF-16 unit stands for. */
const maxUnitBytes = 3;

/** Between which numbers the tokens of a prompt lie. */
export type TokenBounds = Pick<PromptFeatures, "minTokens" | "maxTokens">;

/**
 * How many tokens some texts have, as far as their length alone tells: no more than bytes, no fewer than the longest
 * tokens make. The bytes are counted only where they may be within `limit`: it looks at no more than `limit` characters.
 */
export function tokenBounds(texts: readonly string[], limit: number): TokenBounds {
  let units = 0;
  for (const text of texts) units += text.length;
  const minTokens = Math.ceil(units / maxTokenBytes);
  // A UTF-16 unit has at least one byte of UTF-8.
  if (units > limit) return { minTokens, maxTokens: units * maxUnitBytes };
  let bytes = 0;
  for (const text of texts) bytes += byteLength(text);
  return { minTokens, maxTokens: bytes };
}

/** Whether they say if there are more than `limit` tokens. */
export function settles({ minTokens, maxTokens }: TokenBounds, limit: number): boolean {
  return minTokens > limit || maxTokens <= limit;
}

/** The fewest tokens that texts of this length can have. */
export function leastTokens(texts: readonly string[]): number {
  return tokenBounds(texts, Number.NEGATIVE_INFINITY).minTokens;
}

/** The UTF-8 bytes of a text, a surrogate counted as the three that it has alone: never too few. */
function byteLength(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  return bytes;
}
