import type { Tier, TierCutoffs } from "@meridian/core";
import type { LearnedHead, LearnedModel } from "./learned-model.js";
import { surfaceNames, type TextLanguage } from "./surface-features.js";
import { gramNames, type TextFeatures, textFeatures } from "./text-features.js";

/** What a model makes of a text. */
export interface LearnedScore {
  /** The probability gained by an expensive model, with the offset of the language; about -0.2 to 0.8. */
  readonly score: number;
  /** P(a cheap model is right), estimated by a sum: it may lie a little below 0 or above 1. */
  readonly cheapRight: number;
  /** P(an expensive model is right), likewise. */
  readonly expensiveRight: number;
  readonly language: TextLanguage;
}

/** One feature of a text, and what it did to the score. */
export interface WeighedFeature {
  /** A part of the text in quotation marks, or the name of a surface feature. */
  readonly name: string;
  /** How much lower the score would be without the part, or with a usual value of the surface feature. */
  readonly effect: number;
}

/** Scores a text. Looks at no more than 3,001 UTF-16 units of it; an empty text has a score, too. Pure. */
export function scoreText(model: LearnedModel, text: string): LearnedScore {
  return scoreFeatures(model, textFeatures(text));
}

/** The same for features that are known. */
export function scoreFeatures(model: LearnedModel, features: TextFeatures): LearnedScore {
  const cheapRight = estimate(model, model.cheap, features);
  const expensiveRight = estimate(model, model.expensive, features);
  const { language } = features;
  const score = expensiveRight - cheapRight + model.languageOffsets[language];
  return { score, cheapRight, expensiveRight, language };
}

/** The tier that a score has by cut-offs: those of a moment, or the fixed ones of a model. */
export function tierOfScore({ cutoffs }: { readonly cutoffs: TierCutoffs }, score: number): Tier {
  if (score < cutoffs.medium) return "low";
  return score < cutoffs.high ? "medium" : "high";
}

/** The features that weighed most in a text's score, the heaviest first. Costs several times as much as the score. */
export function explainScore(model: LearnedModel, text: string, most: number): readonly WeighedFeature[] {
  const features = textFeatures(text);
  const { cheap, expensive } = model;
  const names = gramNames(text);
  const weighed: WeighedFeature[] = [];
  for (const [index, bucket] of features.buckets.entries()) {
    const effect = gramEffect(expensive, features, index) - gramEffect(cheap, features, index);
    weighed.push({ name: `"${names.get(bucket)}"`, effect });
  }
  for (const [index, name] of surfaceNames.entries()) {
    const weight = (expensive.surface[index] ?? 0) - (cheap.surface[index] ?? 0);
    weighed.push({ name, effect: standardized(model, features, index) * weight });
  }
  return weighed
    .filter(({ effect }) => effect !== 0)
    .sort((one, other) => Math.abs(other.effect) - Math.abs(one.effect))
    .slice(0, most);
}

function estimate(model: LearnedModel, head: LearnedHead, features: TextFeatures): number {
  let sum = 0;
  for (let index = 0; index < features.buckets.length; index++) sum += gramEffect(head, features, index);
  let surfaceSum = 0;
  for (let index = 0; index < head.surface.length; index++)
    surfaceSum += standardized(model, features, index) * (head.surface[index] ?? 0);
  return head.bias + sum + surfaceSum;
}

function gramEffect({ text, textScale }: LearnedHead, { buckets, values }: TextFeatures, index: number): number {
  return (values[index] ?? 0) * (text[buckets[index] ?? 0] ?? 0) * textScale;
}

/** A surface feature in units of its spread, from its mean; what is far out counts as 3. */
function standardized(model: LearnedModel, { surface }: TextFeatures, index: number): number {
  return standardize(surface[index] ?? 0, model.surfaceMeans[index] ?? 0, model.surfaceSpreads[index] ?? 1);
}

/** How many spreads a value is from the mean, from -3 to 3. */
export function standardize(value: number, mean: number, spread: number): number {
  return Math.max(-3, Math.min(3, (value - mean) / spread));
}
