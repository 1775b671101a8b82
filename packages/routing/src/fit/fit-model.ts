import type { LearnedModel } from "../learned/learned-model.js";
import { scoreFeatures } from "../learned/score-text.js";
import { adaptModel } from "./adapt-model.js";
import { type Label, partOf } from "./label.js";

/** A model that was fitted to labels, and how it does on prompts that it has not seen. */
export interface FittedModel {
  readonly model: LearnedModel;
  /** Of each label the score by a model that was fitted without its part of the labels. */
  readonly heldOutScores: readonly number[];
}

/** How many parts the labels are cut into for cross-validation. */
export const foldCount = 5;

/**
 * How far weights may go from those of the prior, see {@link adaptModel}. Chosen on suites that a prior had not seen. To
 * choose it anew for every fit by labels that are held out wins less: a few hundred tell too little of it.
 */
const strength = 0.1;

/**
 * Fits a model to labels, on top of a prior. The calibration and the cut-offs are those of scores that were held out. The
 * same prior, labels and seed give the same model.
 *
 * @param seed settles which labels are held out together
 */
export function fitModel(prior: LearnedModel, labels: readonly Label[], seed: number): FittedModel {
  const parts = labels.map((label) => partOf(label, foldCount, seed));
  const models = Array.from({ length: foldCount }, (_, part) =>
    adaptModel(
      prior,
      labels.filter((_, index) => parts[index] !== part),
      strength,
    ),
  );
  const scores = labels.map(({ features }, index) => scoreFeatures(models[parts[index] ?? 0] ?? prior, features).score);
  const heldOutScores = levelled(scores, parts);
  return { model: { ...adaptModel(prior, labels, strength), ...calibrated(prior, heldOutScores) }, heldOutScores };
}

/**
 * Scores of several models on one level. A part that gains much is missing where it is held out, so that the model for it
 * scores low: without this, the parts would be ordered the wrong way round.
 */
function levelled(scores: readonly number[], parts: readonly number[]): readonly number[] {
  const mean = (some: readonly number[]) => some.reduce((sum, score) => sum + score, 0) / some.length;
  const levels = Array.from({ length: foldCount }, (_, part) =>
    mean(scores.filter((_, index) => parts[index] === part)),
  );
  const level = mean(scores);
  return scores.map((score, index) => rounded(score - (levels[parts[index] ?? 0] ?? 0) + level));
}

/** The prior's calibration and cut-offs, for the shares of the prompts that they had there. */
function calibrated(
  { calibration, cutoffs }: LearnedModel,
  scores: readonly number[],
): Pick<LearnedModel, "calibration" | "cutoffs"> {
  const sorted = [...scores].sort((one, other) => one - other);
  const quantile = (part: number) =>
    rounded(sorted[Math.round((part * (sorted.length - 1)) / (calibration.length - 1))]);
  const moved = calibration.map((_, part) => quantile(part));
  const cutoff = (was: number) => moved[calibration.findIndex((score) => score >= was)] ?? 0;
  return { calibration: moved, cutoffs: { medium: cutoff(cutoffs.medium), high: cutoff(cutoffs.high) } };
}

function rounded(score = 0): number {
  return Number(score.toFixed(6));
}
