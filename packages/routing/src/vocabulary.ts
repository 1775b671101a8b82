/** The tokens of a vocabulary, found by their bytes. */
export interface Vocabulary {
  /** The rank of the token that is `bytes` from `start` up to `end`; -1 where there is none. */
  rankOf(bytes: Uint8Array, start: number, end: number): number;
}

/** The first number of a compiled vocabulary. Compiled for the other byte order, it reads as another one. */
export const vocabularyForm = 1;

/**
 * Opens a vocabulary that `compileVocabulary` has made, as it is: nothing is read before it is asked for. The tokens stay
 * outside the heap: as strings in a `Map`, the 200,000 of o200k_base are half of what a process keeps, and each full collection
 * of garbage looks at every one.
 *
 * Throws where it was not made by this version, for a machine of this byte order.
 */
export function openVocabulary(compiled: Uint8Array): Vocabulary {
  const { buffer, byteOffset } = compiled;
  const [form, tokens = 0, places = 0] = new Int32Array(buffer, byteOffset, 3);
  if (form !== vocabularyForm) throw new Error("the vocabulary was not compiled for this program on this machine");
  const numbers = new Int32Array(buffer, byteOffset, 3 + tokens + 1 + places);
  const starts = numbers.subarray(3, 3 + tokens + 1);
  const table = numbers.subarray(3 + tokens + 1);
  const bytes = compiled.subarray(numbers.byteLength);
  const mask = places - 1;

  const isToken = (rank: number, piece: Uint8Array, start: number, end: number): boolean => {
    const first = starts[rank] ?? 0;
    if ((starts[rank + 1] ?? 0) - first !== end - start) return false;
    for (let index = start; index < end; index++) if (bytes[first + index - start] !== piece[index]) return false;
    return true;
  };

  return {
    rankOf(piece, start, end) {
      for (let place = hashToken(piece, start, end) & mask; ; place = (place + 1) & mask) {
        const rank = (table[place] ?? 0) - 1;
        if (rank < 0 || isToken(rank, piece, start, end)) return rank;
      }
    },
  };
}

/** FNV-1a, and a last mix that brings the upper bits down: http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hashToken(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end; index++) value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193);
  return value ^ (value >>> 15);
}
