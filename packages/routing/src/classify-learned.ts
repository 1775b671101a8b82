import type { LearnedReading, PromptFeatures } from "@meridian/core";
import { type Classification, tokenSignals } from "./classify.js";
import { isReached } from "./learned/score-budget.js";
import { tierOfScore } from "./learned/score-text.js";

/** How hard a prompt is by its learned score and the cut-offs of the moment. Throws a `TypeError` where it was not read. */
export function classifyLearned(prompt: PromptFeatures): Classification {
  const { learned } = prompt;
  if (learned === undefined) throw new TypeError("the learned policy decides about prompts that were read");
  const tier = tierOfScore(learned, learned.score);
  const signals = { policy: "learned", ...tokenSignals(prompt), lowWords: [], highWords: [], learned } as const;
  return { tier, signals, reasons: [`${tier} tier: ${describeReading(learned)}`] };
}

function describeReading({ score, quantile, cutoffs }: LearnedReading): string {
  const percent = Math.round(quantile * 100);
  return `the score ${score.toFixed(4)} is above ${percent} % of the recent ones; medium begins ${beginning(cutoffs.medium)}, high ${beginning(cutoffs.high)}`;
}

function beginning(cutoff: number): string {
  const reached = isReached(cutoff);
  if (reached === "always") return "at any score";
  return reached === "never" ? "at no score, to make good what was spent" : `at ${cutoff.toFixed(4)}`;
}
