/** Counts the tokens of one piece of text, as the tokenizer's split pattern cuts it. At most 256 UTF-16 units. */
export type CountPiece = (piece: string) => number;

/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const maxPieceBytes = 3 * 256;

/**
 * Byte-pair encoding that only counts. The library's own merge decodes each pair of bytes to text again, which makes
 * Korean ten times dearer than English; its cache cures that, but keeps whole prompts alive by the slices in it.
 * This one keeps bytes as characters of a string (0 to 255), needs no cache, and gives the same counts.
 *
 * Takes the vocabulary in rank order: a token is a text, or its bytes where they are not valid UTF-8. Building takes
 * about 0.1 s for 200,000 tokens.
 */
export function createPieceCounter(vocabulary: readonly (string | readonly number[])[]): CountPiece {
  const ranks = new Map<string, number>();
  const pairRanks = new Float64Array(65_536).fill(Number.POSITIVE_INFINITY);
  for (const [rank, token] of vocabulary.entries()) {
    const bytes = typeof token === "string" ? byteString(token) : String.fromCharCode(...token);
    ranks.set(bytes, rank);
    if (bytes.length === 2) pairRanks[pairIndex(bytes, 0)] = rank;
  }
  const next = new Int32Array(maxPieceBytes + 1);
  const mergeRanks = new Float64Array(maxPieceBytes + 1);

  /** The rank of the part at `start` merged with the part after it. */
  const mergeRank = (bytes: string, start: number): number => {
    const middle = next[start] ?? bytes.length;
    if (middle >= bytes.length) return Number.POSITIVE_INFINITY;
    return ranks.get(bytes.slice(start, next[middle])) ?? Number.POSITIVE_INFINITY;
  };

  return (piece) => {
    const bytes = byteString(piece);
    if (ranks.has(bytes)) return 1;
    const end = bytes.length;
    for (let start = 0; start < end; start++) {
      next[start] = start + 1;
      mergeRanks[start] =
        (start + 1 < end ? pairRanks[pairIndex(bytes, start)] : undefined) ?? Number.POSITIVE_INFINITY;
    }
    for (let parts = end; ; parts--) {
      let lowest = Number.POSITIVE_INFINITY;
      let lowestStart = -1;
      let beforeLowest = -1;
      for (let start = 0, before = -1; start < end; before = start, start = next[start] ?? end) {
        const rank = mergeRanks[start] ?? Number.POSITIVE_INFINITY;
        if (rank >= lowest) continue;
        lowest = rank;
        lowestStart = start;
        beforeLowest = before;
      }
      if (lowestStart < 0) return parts;
      next[lowestStart] = next[next[lowestStart] ?? end] ?? end;
      mergeRanks[lowestStart] = mergeRank(bytes, lowestStart);
      if (beforeLowest >= 0) mergeRanks[beforeLowest] = mergeRank(bytes, beforeLowest);
    }
  };
}

function pairIndex(bytes: string, start: number): number {
  return bytes.charCodeAt(start) * 256 + bytes.charCodeAt(start + 1);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with the control characters.
const asciiOnly = /^[\x00-\x7f]*$/;

/** The UTF-8 bytes of a text, one character each; a lone surrogate as U+FFFD, as `TextEncoder` has it. */
function byteString(text: string): string {
  if (asciiOnly.test(text)) return text;
  let bytes = "";
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const scalar = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (scalar < 0x80) bytes += String.fromCharCode(scalar);
    else if (scalar < 0x800) bytes += String.fromCharCode(0xc0 | (scalar >> 6), trailing(scalar));
    else if (scalar < 0x10000)
      bytes += String.fromCharCode(0xe0 | (scalar >> 12), trailing(scalar >> 6), trailing(scalar));
    else {
      bytes += String.fromCharCode(0xf0 | (scalar >> 18), trailing(scalar >> 12));
      bytes += String.fromCharCode(trailing(scalar >> 6), trailing(scalar));
    }
  }
  return bytes;
}

function trailing(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
