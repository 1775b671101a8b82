import { capText } from "./cap-text.js";
import { type SurfaceFeatures, surfaceFeatures } from "./surface-features.js";
import { bucketCount, gramsOf } from "./text-grams.js";

/** What a score is made from: bounded, whatever the length of the text. */
export interface TextFeatures extends SurfaceFeatures {
  /** The buckets of the text's parts, each once, in the order of appearance. */
  readonly buckets: Int32Array;
  /** Of each bucket its value: the logarithm of one more than its count; the squares of all sum to 1. */
  readonly values: Float64Array;
}

/** How often each bucket was met: all zero again at the end of each call, and calls are synchronous. */
const counts = new Uint16Array(bucketCount);

/** The features of a text. */
export function textFeatures(text: string): TextFeatures {
  const part = capText(text);
  const capped = normalized(part);
  const lower = lowered(capped);
  const { buckets: all } = gramsOf(lower);
  const buckets = new Int32Array(all.length);
  let length = 0;
  for (let index = 0; index < all.length; index++) {
    const bucket = all[index] ?? 0;
    const count = counts[bucket] ?? 0;
    if (count === 0) buckets[length++] = bucket;
    counts[bucket] = count + 1;
  }
  const values = new Float64Array(length);
  let squares = 0;
  for (let index = 0; index < length; index++) {
    const bucket = buckets[index] ?? 0;
    const value = Math.log1p(counts[bucket] ?? 0);
    counts[bucket] = 0;
    values[index] = value;
    squares += value * value;
  }
  const norm = Math.sqrt(squares);
  for (let index = 0; index < length; index++) values[index] = (values[index] ?? 0) / norm;
  // As long as the whole is in normal form C, which is looked at in no more than its part.
  const units = part === "" ? 0 : (text.length * capped.length) / part.length;
  return { buckets: buckets.subarray(0, length), values, ...surfaceFeatures(capped, lower, units) };
}

/** What the text has of each bucket, as it was first met: for the explanation of a score. */
export function gramNames(text: string): ReadonlyMap<number, string> {
  const lower = lowered(normalized(capText(text)));
  const { buckets, starts, ends } = gramsOf(lower);
  const names = new Map<number, string>();
  for (const [index, bucket] of buckets.entries())
    if (!names.has(bucket)) names.set(bucket, lower.slice(starts[index], ends[index]));
  return names;
}

/** Normal form C; capped again, because a few characters are longer in it. */
function normalized(part: string): string {
  return capText(part.normalize("NFC"));
}

/** Lower case, unit by unit: only one letter has a longer small form. */
function lowered(text: string): string {
  return text.replaceAll("İ", "I").toLowerCase();
}
