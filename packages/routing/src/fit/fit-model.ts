import type { LearnedModel } from "../learned/learned-model.js";
import { type LearnedScore, scoreFeatures } from "../learned/score-text.js";
import { adaptModel } from "./adapt-model.js";
import { type Label, partOf } from "./label.js";

/** A model that was fitted to labels, and how it does on prompts that it has not seen. */
export interface FittedModel {
  readonly model: LearnedModel;
  /** How far the weights were let go from those of the prior. */
  readonly strength: number;
  /** Of each label the score by a model that was fitted, strength and all, without its part of the labels. */
  readonly heldOutScores: readonly number[];
}

/** How many parts the labels are cut into for cross-validation. */
export const foldCount = 5;

/** The strengths that are tried. */
const strengths = [0.01, 0.03, 0.1, 0.3, 1] as const;

/**
 * Fits a model to labels, on top of a prior. How far it goes from that is chosen by cross-validation: what comes closest
 * to the outcomes of labels that were held out. The calibration and the cut-offs are those of scores that were held out.
 * The same prior, labels and seed give the same model.
 *
 * @param seed settles which labels are held out together
 */
export function fitModel(prior: LearnedModel, labels: readonly Label[], seed: number): FittedModel {
  const chosenStrength = (some: readonly Label[]) => {
    const losses = strengths.map((strength) =>
      outcomeLoss(
        some,
        heldOut(some, seed + 1, (rest) => adaptModel(prior, rest, strength)),
      ),
    );
    return strengths[losses.indexOf(Math.min(...losses))] ?? strengths[0];
  };
  const scores = heldOut(labels, seed, (rest) => adaptModel(prior, rest, chosenStrength(rest)));
  const heldOutScores = levelled(scores, partsOf(labels, seed));
  const strength = chosenStrength(labels);
  const model = { ...adaptModel(prior, labels, strength), ...calibrated(prior, heldOutScores) };
  return { model, strength, heldOutScores };
}

/** Of each label what a model makes of it that was fitted to the other parts. */
function heldOut(
  labels: readonly Label[],
  seed: number,
  fit: (rest: readonly Label[]) => LearnedModel,
): readonly LearnedScore[] {
  const parts = partsOf(labels, seed);
  const models = Array.from({ length: foldCount }, (_, part) =>
    fit(labels.filter((_, index) => parts[index] !== part)),
  );
  return labels.map(({ features }, index) => scoreFeatures(models[parts[index] ?? 0] ?? fit([]), features));
}

function partsOf(labels: readonly Label[], seed: number): readonly number[] {
  return labels.map((label) => partOf(label, foldCount, seed));
}

/**
 * Scores of several models on one level. A part that gains much is missing where it is held out, so that the model for it
 * scores low: without this, the parts would be ordered the wrong way round.
 */
function levelled(scores: readonly LearnedScore[], parts: readonly number[]): readonly number[] {
  const mean = (some: readonly LearnedScore[]) => some.reduce((sum, { score }) => sum + score, 0) / some.length;
  const levels = Array.from({ length: foldCount }, (_, part) =>
    mean(scores.filter((_, index) => parts[index] === part)),
  );
  const level = mean(scores);
  return scores.map(({ score }, index) => rounded(score - (levels[parts[index] ?? 0] ?? 0) + level));
}

/** How far the estimates of both heads are from the outcomes: the sum of the squares. */
function outcomeLoss(labels: readonly Label[], scores: readonly LearnedScore[]): number {
  return labels.reduce((sum, { weakOk, strongOk }, index) => {
    const { cheapRight = 0, expensiveRight = 0 } = scores[index] ?? {};
    return sum + (weakOk - cheapRight) ** 2 + (strongOk - expensiveRight) ** 2;
  }, 0);
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
