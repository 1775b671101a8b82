import { type TextFeatures, textFeatures } from "../learned/text-features.js";
import { murmur3 } from "../murmur3.js";

/** A prompt of one's own traffic with what a cheap and an expensive model made of it. */
export interface Label {
  readonly prompt: string;
  readonly features: TextFeatures;
  /** How often the cheap model was right, 0 to 1. */
  readonly weakOk: number;
  /** How often the expensive model was right, 0 to 1. */
  readonly strongOk: number;
}

const utf8 = new TextEncoder();

/** Makes a label of a prompt and its outcomes. */
export function createLabel(prompt: string, weakOk: number, strongOk: number): Label {
  return { prompt, features: textFeatures(prompt), weakOk, strongOk };
}

/** What stands for a prompt where its text shall not: 8 hexadecimal digits. */
export function promptFingerprint({ prompt }: Label): string {
  return murmur3(utf8.encode(prompt), 0).toString(16).padStart(8, "0");
}

/** Which of so many parts a label falls into, from 0. Equal prompts fall into the same part. */
export function partOf({ prompt }: Label, parts: number, seed: number): number {
  return murmur3(utf8.encode(prompt), seed) % parts;
}
