import { bucketCount } from "@meridian/routing";
import { seededRandom, shuffle } from "./seeded-random.js";

/** A row as the fit sees it. */
export interface Sample {
  readonly buckets: Int32Array;
  readonly values: Float64Array;
  /** What else is known of the row, in units that say how much it counts. */
  readonly measures: Float64Array;
  /** The data set, as an index. */
  readonly suite: number;
  /** How much the row counts. */
  readonly weight: number;
}

/** How a fit is done. */
export interface FitSettings {
  /** How strongly weights are pulled to 0. */
  readonly penalty: number;
  /** How much the parts of a text count, all together. */
  readonly textScale: number;
  readonly epochs: number;
  readonly seed: number;
}

/** The weights that a fit found. */
export interface FittedHead {
  readonly text: Float64Array;
  readonly measures: Float64Array;
  /** The mean of the data sets' own. */
  readonly bias: number;
}

/** What the constant of a data set counts: so much that the penalty does not keep it small. */
const suiteScale = 3;

/**
 * Least squares with an L2 penalty, by stochastic dual coordinate ascent (Shalev-Shwartz and Zhang, 2013,
 * https://jmlr.org/papers/v14/shalev-shwartz13a.html). Each data set has a constant of its own, for its models are others:
 * weights tell only what is hard within a set. The same samples, targets and settings give the same weights.
 *
 * @param targets of each sample the share of right answers, 0 to 1
 */
export function fitHead(samples: readonly Sample[], targets: readonly number[], settings: FitSettings): FittedHead {
  const { penalty, textScale, epochs, seed } = settings;
  const text = new Float64Array(bucketCount);
  const measures = new Float64Array(samples[0]?.measures.length ?? 0);
  const suites = new Float64Array(1 + Math.max(0, ...samples.map(({ suite }) => suite)));
  const duals = new Float64Array(samples.length);
  const order = Int32Array.from(samples, (_, index) => index);
  const random = seededRandom(seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (const index of order) {
      const sample = samples[index];
      if (sample === undefined) continue;
      let right = suiteScale * at(suites, sample.suite);
      // The squares of the parts' values sum to 1.
      let squares = suiteScale ** 2 + (sample.buckets.length > 0 ? textScale ** 2 : 0);
      for (let part = 0; part < sample.buckets.length; part++)
        right += textScale * at(sample.values, part) * at(text, at(sample.buckets, part));
      for (let measure = 0; measure < measures.length; measure++) {
        const value = at(sample.measures, measure);
        right += value * at(measures, measure);
        squares += value * value;
      }
      const error = (targets[index] ?? 0) - right;
      const step = (sample.weight * error - at(duals, index)) / (1 + (sample.weight * squares) / penalty);
      duals[index] = at(duals, index) + step;
      const change = step / penalty;
      suites[sample.suite] = at(suites, sample.suite) + change * suiteScale;
      for (let part = 0; part < sample.buckets.length; part++) {
        const bucket = at(sample.buckets, part);
        text[bucket] = at(text, bucket) + change * textScale * at(sample.values, part);
      }
      for (let measure = 0; measure < measures.length; measure++)
        measures[measure] = at(measures, measure) + change * at(sample.measures, measure);
    }
  }
  const bias = (suiteScale * suites.reduce((sum, constant) => sum + constant, 0)) / suites.length;
  return { text: text.map((weight) => weight * textScale), measures, bias };
}

function at(numbers: Float64Array | Int32Array, index: number): number {
  return numbers[index] ?? 0;
}
