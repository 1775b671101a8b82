/** How many UTF-16 units of a text's beginning, and of its end, are looked at. */
const partUnits = 1500;

/** The most UTF-16 units that a capped text has: both parts, and the line feed between them. */
export const maxCappedUnits = 2 * partUnits + 1;

/**
 * The part of a text that is scored: the whole, or of more than 3,001 UTF-16 units the first and the last 1,500 with a
 * line feed between them. No surrogate pair is cut in two.
 */
export function capText(text: string): string {
  if (text.length <= maxCappedUnits) return text;
  const headEnd = isLowSurrogate(text, partUnits) ? partUnits - 1 : partUnits;
  const tailStart = text.length - partUnits;
  return `${text.slice(0, headEnd)}\n${text.slice(isLowSurrogate(text, tailStart) ? tailStart + 1 : tailStart)}`;
}

function isLowSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}
