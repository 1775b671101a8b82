import type { LearnedHead, LearnedModel } from "../learned/learned-model.js";
import { scoreFeatures, standardize } from "../learned/score-text.js";
import { fitChange, type HeadChange } from "./fit-change.js";
import type { Label } from "./label.js";

/**
 * Moves the weights of both heads towards what some labels say.
 *
 * @param strength how far they may go from what they are, see {@link fitChange}
 */
export function adaptModel(prior: LearnedModel, labels: readonly Label[], strength: number): LearnedModel {
  const samples = labels.map(({ features, weakOk, strongOk }) => {
    const { cheapRight, expensiveRight } = scoreFeatures(prior, features);
    const { buckets, values } = features;
    const surface = features.surface.map((value, feature) =>
      standardize(value, prior.surfaceMeans[feature] ?? 0, prior.surfaceSpreads[feature] ?? 1),
    );
    const cheap = { buckets, values, surface, estimate: cheapRight, target: weakOk };
    return { cheap, expensive: { ...cheap, estimate: expensiveRight, target: strongOk } };
  });
  const cheap = fitChange(
    samples.map((sample) => sample.cheap),
    strength,
  );
  const expensive = fitChange(
    samples.map((sample) => sample.expensive),
    strength,
  );
  return { ...prior, cheap: changedHead(prior.cheap, cheap), expensive: changedHead(prior.expensive, expensive) };
}

/** A head with its weights changed, to a byte a weight again: in larger units where a changed one would not fit. */
function changedHead(head: LearnedHead, change: HeadChange): LearnedHead {
  const changed = new Map<number, number>();
  let largest = 127 * head.textScale;
  for (const [bucket, added] of change.text) {
    const weight = (head.text[bucket] ?? 0) * head.textScale + added;
    changed.set(bucket, weight);
    largest = Math.max(largest, Math.abs(weight));
  }
  const text = head.text.slice();
  const isLarger = largest > 127 * head.textScale;
  const textScale = isLarger ? Number((largest / 127).toPrecision(6)) : head.textScale;
  if (isLarger)
    // By index: more than a hundred thousand of them, for every model that is tried.
    for (let bucket = 0; bucket < text.length; bucket++)
      text[bucket] = Math.round(((text[bucket] ?? 0) * head.textScale) / textScale);
  for (const [bucket, weight] of changed) text[bucket] = Math.round(weight / textScale);
  return {
    bias: rounded(head.bias + change.bias),
    text,
    textScale,
    surface: head.surface.map((weight, feature) => rounded(weight + (change.surface[feature] ?? 0))),
  };
}

function rounded(weight: number): number {
  return Number(weight.toFixed(6));
}
