import { bucketCount } from "../learned/text-grams.js";

/** A label as the fit of one head sees it. */
export interface ChangeSample {
  readonly buckets: Int32Array;
  readonly values: Float64Array;
  /** Standardised surface features. */
  readonly surface: Float64Array;
  /** What the head makes of the prompt before the change. */
  readonly estimate: number;
  /** The share of right answers, 0 to 1. */
  readonly target: number;
}

/** What is added to the weights of a head. */
export interface HeadChange {
  readonly bias: number;
  /** Of each bucket that the samples have. */
  readonly text: ReadonlyMap<number, number>;
  readonly surface: Float64Array;
}

/** How freely all surface features together may change, beside all the parts of a text. Chosen on the development set. */
const surfaceShare = 0.3;

/** The changes of a fit that is under way: all zero again at the end of each call, and calls are synchronous. */
const text = new Float64Array(bucketCount);

/** Enough for weights that a few more would not change in what they order. */
const epochs = 10;

/**
 * The most probable change of a head's weights under a normal prior around what they are: least squares with an L2
 * penalty on the change, by dual coordinate ascent (https://jmlr.org/papers/v14/shalev-shwartz13a.html). Time is linear in
 * the samples. The same samples give the same change.
 *
 * @param strength the variance that the weights may have, in units of that of the outcomes: 0 leaves all but the constant as it is
 */
export function fitChange(samples: readonly ChangeSample[], strength: number): HeadChange {
  const surface = new Float64Array(samples[0]?.surface.length ?? 0);
  const surfaceStrength = (surfaceShare * strength) / Math.max(1, surface.length);
  const duals = new Float64Array(samples.length);
  let bias = 0;
  for (let epoch = 0; epoch < epochs; epoch++)
    for (const [index, { buckets, values, surface: looks, estimate, target }] of samples.entries()) {
      let changed = estimate + bias;
      // The squares of the parts' values sum to 1.
      let squares = 1 + (buckets.length > 0 ? strength : 0);
      for (let part = 0; part < buckets.length; part++) changed += at(values, part) * at(text, at(buckets, part));
      for (let feature = 0; feature < surface.length; feature++) {
        const look = at(looks, feature);
        changed += look * at(surface, feature);
        squares += surfaceStrength * look * look;
      }
      const step = (target - changed - at(duals, index)) / (1 + squares);
      duals[index] = at(duals, index) + step;
      bias += step;
      for (let part = 0; part < buckets.length; part++) {
        const bucket = at(buckets, part);
        text[bucket] = at(text, bucket) + step * strength * at(values, part);
      }
      for (let feature = 0; feature < surface.length; feature++)
        surface[feature] = at(surface, feature) + step * surfaceStrength * at(looks, feature);
    }
  return { bias, text: takeText(samples), surface };
}

function takeText(samples: readonly ChangeSample[]): ReadonlyMap<number, number> {
  const taken = new Map<number, number>();
  for (const { buckets } of samples)
    for (const bucket of buckets) {
      const change = at(text, bucket);
      if (change === 0) continue;
      taken.set(bucket, change);
      text[bucket] = 0;
    }
  return taken;
}

function at(numbers: Float64Array | Int32Array, index: number): number {
  return numbers[index] ?? 0;
}
