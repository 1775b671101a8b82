import { hash } from "node:crypto";

/** Gives the next number of a sequence, from 0 up to but not including 1. */
export type Random = () => number;

/** A short name made from text: always the same for the same text. Lower-case hexadecimal, at most 40 digits. */
export function digest(text: string, digits: number): string {
  return hash("sha1", text, "hex").slice(0, digits);
}

/** A sequence of numbers made from text: always the same for the same text. Not for secrets. */
export function createRandom(text: string): Random {
  // mulberry32: tiny, and even enough for choosing words.
  let state = Number.parseInt(digest(text, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the items; undefined where there are none. */
export function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
