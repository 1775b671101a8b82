/** The longest slice, in UTF-16 units. */
const maxSliceUnits = 256;

const letterOrDigit = /[\p{L}\p{N}]/u;
/** What may continue a token's piece after a letter or digit; surrogates, because an astral letter begins with one. */
const continuesPiece = /[\p{L}\p{N}\p{M}\p{Cs}']/u;

/**
 * Cuts a text into slices of at most 256 UTF-16 units, so that a run of letters or white space without a break is
 * encoded in pieces of bounded size, and a reader that stops early pays only for what it has read. A slice ends where
 * the tokenizer's split pattern would cut too, if there is such a place, so that the slices have the tokens of the
 * whole; a longer run without one is cut hard, which may add a token or two a cut.
 */
export function* splitText(text: string): Generator<string, void, undefined> {
  let start = 0;
  while (text.length - start > maxSliceUnits) {
    const end = sliceEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

function sliceEnd(text: string, start: number): number {
  const limit = start + maxSliceUnits;
  for (let end = limit; end > start; end--) {
    const before = text.charAt(end - 1);
    const after = text.charAt(end);
    if (after === " " ? before.trim() !== "" : letterOrDigit.test(before) && !continuesPiece.test(after)) return end;
  }
  // Not through the middle of a surrogate pair.
  return /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
}
