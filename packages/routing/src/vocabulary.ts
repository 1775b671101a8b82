/** The tokens of a vocabulary, found by their bytes. */
export interface Vocabulary {
  /** The rank of the token that is `bytes` from `start` up to `end`; -1 where there is none. */
  rankOf(bytes: Uint8Array, start: number, end: number): number;
}

/**
 * Reads a vocabulary in tiktoken's form: a line for each token, its bytes in base64 and its rank, in the order of the ranks.
 * The tokens are kept in a few typed arrays, outside the heap: as strings in a `Map`, the 200,000 of o200k_base are half of
 * what a process keeps, and each full collection of garbage looks at every one. Takes about 0.1 s for them.
 *
 * Throws where the file is not of that form.
 *
 * @see https://github.com/openai/tiktoken/blob/main/tiktoken/load.py
 */
export function readVocabulary(file: Uint8Array): Vocabulary {
  const { bytes, starts } = readTokens(file);
  const tokens = starts.length - 1;
  /** Ranks + 1 by the hash of their bytes, each in the first free place from there on; at least half of it is empty. */
  const table = new Int32Array(2 ** Math.ceil(Math.log2(2 * tokens + 1)));
  const mask = table.length - 1;
  for (let rank = 0; rank < tokens; rank++) {
    let slot = hash(bytes, starts[rank] ?? 0, starts[rank + 1] ?? 0) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = rank + 1;
  }

  const isToken = (rank: number, piece: Uint8Array, start: number, end: number): boolean => {
    const first = starts[rank] ?? 0;
    if ((starts[rank + 1] ?? 0) - first !== end - start) return false;
    for (let index = start; index < end; index++) if (bytes[first + index - start] !== piece[index]) return false;
    return true;
  };

  return {
    rankOf(piece, start, end) {
      for (let slot = hash(piece, start, end) & mask; ; slot = (slot + 1) & mask) {
        const rank = (table[slot] ?? 0) - 1;
        if (rank < 0 || isToken(rank, piece, start, end)) return rank;
      }
    },
  };
}

/** The bytes of all tokens one after the other, and where that of each rank begins; the next one begins where it ends. */
function readTokens(file: Uint8Array): { readonly bytes: Uint8Array; readonly starts: Int32Array } {
  const lines = countLines(file);
  // Base64 has four characters for three bytes, and each line a rank besides.
  const bytes = new Uint8Array(Math.ceil((file.length * 3) / 4));
  const starts = new Int32Array(lines + 1);
  let at = 0;
  const readNumber = () => {
    let number = 0;
    for (; isDigit(file[at]); at++) number = number * 10 + (file[at] ?? 0) - digitZero;
    return number;
  };
  for (let rank = 0; rank < lines; rank++) {
    const start = starts[rank] ?? 0;
    let end = start;
    let bits = 0;
    let bitCount = 0;
    for (let sextet = sextetOf(file[at]); sextet >= 0; sextet = sextetOf(file[++at])) {
      bits = ((bits << 6) | sextet) & 0xfff;
      bitCount += 6;
      if (bitCount >= 8) {
        bitCount -= 8;
        bytes[end++] = (bits >> bitCount) & 0xff;
      }
    }
    while (file[at] === padding) at++;
    if (end === start || file[at++] !== space || readNumber() !== rank || file[at++] !== lineFeed)
      throw new Error(`the vocabulary's line ${rank + 1} is not a token in base64, a space and the rank ${rank}`);
    starts[rank + 1] = end;
  }
  return { bytes: bytes.slice(0, starts[lines]), starts };
}

const lineFeed = 0x0a;
const space = 0x20;
const digitZero = 0x30;
const padding = 0x3d;

const sextets = new Int8Array(256).fill(-1);
for (const [value, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  sextets[character.charCodeAt(0)] = value;

function sextetOf(character: number | undefined): number {
  return character === undefined ? -1 : (sextets[character] ?? -1);
}

function isDigit(character: number | undefined): boolean {
  return character !== undefined && character >= digitZero && character <= digitZero + 9;
}

function countLines(file: Uint8Array): number {
  let lines = 0;
  for (const byte of file) if (byte === lineFeed) lines++;
  return lines;
}

/** FNV-1a, and a last mix that brings the upper bits down: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let index = start; index < end; index++) value = Math.imul(value ^ (bytes[index] ?? 0), 0x01000193);
  return value ^ (value >>> 15);
}
