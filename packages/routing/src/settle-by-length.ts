/** The longest token of o200k_base, in bytes. */
const maxTokenBytes = 128;

/**
 * Whether some texts have more than `limit` tokens, as far as their length alone tells: "within" where they have no
 * more bytes than that, "above" where even the longest tokens would not do, undefined where one has to count.
 * Looks at no more than `limit` characters.
 */
export function settleByLength(texts: readonly string[], limit: number): "within" | "above" | undefined {
  let units = 0;
  for (const text of texts) units += text.length;
  // A UTF-16 unit has at least one byte of UTF-8.
  if (units > limit * maxTokenBytes) return "above";
  if (units > limit) return undefined;
  let bytes = 0;
  for (const text of texts) bytes += byteLength(text);
  return bytes <= limit ? "within" : undefined;
}

/** The fewest tokens that texts of this length can have. */
export function leastTokens(texts: readonly string[]): number {
  let units = 0;
  for (const text of texts) units += text.length;
  return Math.ceil(units / maxTokenBytes);
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
