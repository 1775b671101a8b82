import {
  type LearnedHead,
  type LearnedModel,
  scoreFeatures,
  standardize,
  surfaceNames,
  type TextFeatures,
  type TextLanguage,
  textFeatures,
} from "@meridian/routing";
import { fitHead, type Sample } from "./fit-head.js";
import { principalDirections } from "./principal-directions.js";
import type { Row } from "./read-rows.js";
import { smoothedOutcomes } from "./smoothed-outcomes.js";

const fitSettings = { penalty: 40, textScale: 1.5, epochs: 8 } as const;

/** How much each surface feature counts beside the parts of a text. */
const surfaceScale = 0.6;

/** How many principal directions of the texts there are, and how much they count, all together. */
const directionCount = 128;
const directionScale = 4;

/** Sets that count less than 1. */
const suiteWeights: Readonly<Record<string, number>> = { mmlu_pro: 0.25 };

/** Which share of the training prompts scores below each cut-off of the shipped calibration. */
const shares = { medium: 0.4, high: 0.7 } as const;

/** Into how many parts of as many prompts each the calibration cuts the scores. */
const calibrationParts = 64;

/**
 * Trains a model.
 *
 * @param rows what it is fitted to
 * @param parallel the same questions in several languages: for the offsets of the languages, without the outcomes
 */
export function trainModel(
  rows: readonly Row[],
  parallel: readonly Row[],
  { version, seed }: { readonly version: string; readonly seed: number },
): LearnedModel {
  const features = rows.map(({ prompt }) => textFeatures(prompt));
  const { means, spreads } = usual(features);
  const directions = principalDirections(features, { count: directionCount, seed });
  const scale = directionScale / meanLength(directions.places);
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  const samples = features.map(({ buckets, values, surface }, index): Sample => {
    const suite = rows[index]?.suite ?? "";
    const looks = surface.map(
      (value, feature) => surfaceScale * standardize(value, means[feature] ?? 0, spreads[feature] ?? 1),
    );
    const place = directions.places[index]?.map((value) => scale * value) ?? [];
    return {
      buckets,
      values,
      measures: Float64Array.of(...looks, ...place),
      suite: suites.indexOf(suite),
      weight: suiteWeights[suite] ?? 1,
    };
  });
  const fit = (outcome: (row: Row) => number): LearnedHead => {
    const { bias, text, measures } = fitHead(samples, smoothedOutcomes(rows, outcome), { ...fitSettings, seed });
    const ofDirections = directions.bucketWeights(measures.slice(surfaceNames.length).map((weight) => scale * weight));
    return quantized({
      bias,
      text: text.map((weight, bucket) => weight + (ofDirections[bucket] ?? 0)),
      surface: measures.slice(0, surfaceNames.length).map((weight) => surfaceScale * weight),
    });
  };
  const fitted: LearnedModel = {
    version,
    cheap: fit(({ weakOk }) => weakOk),
    expensive: fit(({ strongOk }) => strongOk),
    surfaceMeans: means,
    surfaceSpreads: spreads,
    languageOffsets: { en: 0, id: 0, vi: 0, ko: 0, zh: 0 },
    calibration: [],
    cutoffs: { medium: 0, high: 0 },
  };
  const scores = features.map((one) => scoreFeatures(fitted, one).score).sort((one, other) => one - other);
  const cutoff = (share: number) => rounded(quantile(scores, share));
  return {
    ...fitted,
    languageOffsets: languageOffsets(fitted, parallel),
    calibration: Array.from({ length: calibrationParts + 1 }, (_, part) => cutoff(part / calibrationParts)),
    cutoffs: { medium: cutoff(shares.medium), high: cutoff(shares.high) },
  };
}

/** What brings the median score of each language to that of the same questions in English. */
export function languageOffsets(model: LearnedModel, parallel: readonly Row[]): Record<TextLanguage, number> {
  const median = (lang: string) => {
    const ofLanguage = parallel.filter((row) => row.lang === lang);
    const scores = ofLanguage.map(({ prompt }) => scoreFeatures(model, textFeatures(prompt)).score);
    return quantile(
      scores.sort((one, other) => one - other),
      0.5,
    );
  };
  const english = median("en");
  const zh = rounded(english - median("zh"));
  // No parallel prompts in Korean: it takes what the other script of syllables and few spaces takes.
  return { en: 0, id: rounded(english - median("id")), vi: rounded(english - median("vi")), ko: zh, zh };
}

/** The root of the mean square of some vectors' lengths. */
function meanLength(vectors: readonly Float64Array[]): number {
  const squares = vectors.reduce((sum, vector) => vector.reduce((all, value) => all + value * value, sum), 0);
  return Math.sqrt(squares / vectors.length);
}

/** A head before it is written to bytes. */
interface RealHead {
  readonly bias: number;
  readonly text: Float64Array;
  readonly surface: Float64Array;
}

function usual(features: readonly TextFeatures[]): { means: readonly number[]; spreads: readonly number[] } {
  const mean = (of: (one: TextFeatures) => number) => features.reduce((sum, one) => sum + of(one), 0) / features.length;
  const means = surfaceNames.map((_, feature) => rounded(mean(({ surface }) => surface[feature] ?? 0)));
  const spreads = surfaceNames.map((_, feature) =>
    rounded(Math.sqrt(mean(({ surface }) => ((surface[feature] ?? 0) - (means[feature] ?? 0)) ** 2)) + 1e-6),
  );
  return { means, spreads };
}

/** To a byte a weight. */
function quantized({ text, surface, bias }: RealHead): LearnedHead {
  const largest = text.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const textScale = Number((largest / 127).toPrecision(6));
  return {
    bias: rounded(bias),
    text: Int8Array.from(text, (weight) => Math.round(weight / textScale)),
    textScale,
    surface: Array.from(surface, rounded),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? 0;
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
