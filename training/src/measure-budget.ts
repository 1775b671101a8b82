import { createBudgetHolder, type LearnedModel, type LearnedScore, tierOfScore } from "@meridian/routing";

/** Which share of a run went to the expensive tier. */
export interface BudgetRun {
  /** Of the first prompts, before anybody expects the budget to hold. */
  readonly first: number;
  /** Of all after them. */
  readonly rest: number;
  /** Of all so far, where it was farthest from the budget after the first. */
  readonly farthest: number;
}

/** After so many prompts a budget has to hold. */
export const firstPrompts = 200;

/** Routes prompts of one tenant as a proxy does that has just been started, with the calibration of the model alone. */
export function measureBudget(prompts: readonly LearnedScore[], high: number, model: LearnedModel): BudgetRun {
  const holder = createBudgetHolder({ kind: "share", medium: 0, high }, model.calibration);
  let [expensive, ofFirst, farthest] = [0, 0, high];
  for (const [index, { score, language }] of prompts.entries()) {
    const { cutoffs } = holder.standingOf({ score, language }, costs);
    holder.count({ score, language, cutoffs, costs });
    if (tierOfScore({ cutoffs }, score) === "high") expensive++;
    const routed = index + 1;
    if (routed <= firstPrompts) ofFirst = expensive;
    if (routed >= firstPrompts && Math.abs(expensive / routed - high) > Math.abs(farthest - high))
      farthest = expensive / routed;
  }
  const rest = (expensive - ofFirst) / (prompts.length - firstPrompts);
  return { first: ofFirst / firstPrompts, rest, farthest };
}

/** They do not matter to a budget of shares. */
const costs = { low: 1, medium: 1, high: 1 } as const;
