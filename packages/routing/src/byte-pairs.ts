import { createMinHeap } from "./min-heap.js";
import type { Vocabulary } from "./vocabulary.js";

/** Counts the tokens of one piece of text, as the tokenizer's split pattern cuts it. At most 256 UTF-16 units. */
export type CountPiece = (piece: string) => number;

/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const maxPieceBytes = 3 * 256;
/** More than there are positions in a piece, to write a rank and a position as one number. */
const positions = 1024;
/** Above every rank: there is no such token. */
const noToken = Number.POSITIVE_INFINITY;

/**
 * Byte-pair encoding that only counts. The library's own takes time with the square of a piece's length, and decodes
 * each pair of bytes to text again, which makes Korean ten times dearer than English; its cache helps with that, but
 * the slices in it keep whole prompts alive. This one keeps the possible merges in a heap, needs no cache, and gives the
 * same counts.
 */
export function createPieceCounter(vocabulary: Vocabulary): CountPiece {
  const utf8 = new TextEncoder();
  const bytes = new Uint8Array(maxPieceBytes);
  // The parts of a piece as a list, each by the position of its first byte.
  const next = new Int32Array(maxPieceBytes + 1);
  const previous = new Int32Array(maxPieceBytes + 1);
  /** The rank of a part merged with the part after it; infinite where the vocabulary does not have that. */
  const mergeRanks = new Float64Array(maxPieceBytes + 1);
  // Every byte once, and two neighbours of every merge.
  const merges = createMinHeap(3 * maxPieceBytes);

  const offerMerge = (start: number, end: number) => {
    const rank = vocabulary.rankOf(bytes, start, end);
    mergeRanks[start] = rank < 0 ? noToken : rank;
    // The lowest rank first, and of equals the left-most.
    if (rank >= 0) merges.push(rank * positions + start);
  };

  return (piece) => {
    const { written: end } = utf8.encodeInto(piece, bytes);
    if (vocabulary.rankOf(bytes, 0, end) >= 0) return 1;
    merges.clear();
    for (let start = 0; start < end; start++) {
      next[start] = start + 1;
      previous[start] = start - 1;
      if (start + 1 < end) offerMerge(start, start + 2);
      else mergeRanks[start] = noToken;
    }
    let parts = end;
    for (let merge = merges.pop(); merge !== undefined; merge = merges.pop()) {
      const start = merge % positions;
      // An offer that a merge beside it has overtaken.
      if (mergeRanks[start] !== Math.floor(merge / positions)) continue;
      const middle = next[start] ?? end;
      const after = next[middle] ?? end;
      mergeRanks[middle] = noToken;
      next[start] = after;
      previous[after] = start;
      parts--;
      if (after < end) offerMerge(start, next[after] ?? end);
      else mergeRanks[start] = noToken;
      const before = previous[start] ?? -1;
      if (before >= 0) offerMerge(before, after);
    }
    return parts;
  };
}
