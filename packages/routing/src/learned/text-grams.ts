import { characterClass, classOf } from "./character-class.js";

/** How many buckets the parts of a text are hashed to. A power of two. */
export const bucketCount = 2 ** 17;

const fnvPrime = 0x01000193;
/** Where the hash of each kind of part begins. */
const seeds = { word: 0x811c9dc5, pair: 0x2c1b3c6d, script: 0x27d4eb2f } as const;
const digitZero = 0x30;

/** The parts of a text, in the order of appearance, each as often as it appears. */
export interface TextGrams {
  readonly buckets: Int32Array;
  /** Where each part begins, and where it ends, in UTF-16 units. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * Cuts a text into the parts whose weights make up its score: words and pairs of neighbouring words, signs counting as
 * words; in Hangul and Han, where a character says more, also runs of 1 to 3 characters. Han has no words here. Digits are
 * all alike. The text is expected in lower case and normal form C. Time and space are linear in its length.
 */
export function gramsOf(text: string): TextGrams {
  // A character begins at most five parts: three runs, and it may be a word and the first of a pair.
  const most = 5 * text.length;
  const grams: GramList = {
    buckets: new Int32Array(most),
    starts: new Int32Array(most),
    ends: new Int32Array(most),
    length: 0,
  };
  let previousHash = 0;
  let previousStart = -1;
  let index = 0;
  while (index < text.length) {
    const kind = classOf(text.charCodeAt(index));
    if (kind === characterClass.space) {
      index++;
      continue;
    }
    const start = index;
    let hash: number = seeds.word;
    do {
      hash = step(hash, unitAt(text, index));
      index++;
    } while (index < text.length && continues(kind, classOf(text.charCodeAt(index))));
    if (kind === characterClass.han) {
      addRuns(grams, text, start, index);
      previousStart = -1;
      continue;
    }
    add(grams, hash, start, index);
    if (previousStart >= 0) add(grams, step(Math.imul(previousHash, seeds.pair), hash), previousStart, index);
    previousHash = hash;
    previousStart = start;
    if (kind === characterClass.hangul) addRuns(grams, text, start, index);
  }
  const { buckets, starts, ends, length } = grams;
  return { buckets: buckets.subarray(0, length), starts: starts.subarray(0, length), ends: ends.subarray(0, length) };
}

interface GramList extends TextGrams {
  length: number;
}

function add(grams: GramList, hash: number, start: number, end: number): void {
  const at = grams.length++;
  grams.buckets[at] = bucketOf(hash);
  grams.starts[at] = start;
  grams.ends[at] = end;
}

/** Whether a unit of one class goes on with a word that began with another. */
function continues(word: number, next: number): boolean {
  if (word === characterClass.letter || word === characterClass.digit)
    return next === characterClass.letter || next === characterClass.digit;
  return word !== characterClass.other && word === next;
}

/** Runs of 1 to 3 characters. */
function addRuns(grams: GramList, text: string, start: number, end: number): void {
  for (let first = start; first < end; first++) {
    let hash: number = seeds.script;
    for (let at = first; at < first + 3 && at < end; at++) {
      hash = step(hash, unitAt(text, at));
      add(grams, hash, first, at + 1);
    }
  }
}

function unitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return classOf(unit) === characterClass.digit ? digitZero : unit;
}

/** One step of FNV-1a, over units in place of bytes. */
function step(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, fnvPrime);
}

/** The last steps of MurmurHash3, which spread every bit of a hash. */
function bucketOf(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % bucketCount;
}
