import type { LearnedReading, RelativeCosts, ScoreBudget } from "@meridian/core";
import { explainScore, type LearnedModel, scoreText, type WeighedFeature } from "@meridian/routing";
import { createTenantBudgets, type TenantBudgets } from "./tenant-budgets.js";

/** The learned policy of a process: its model, and how its budget stands. */
export interface LearnedRouting extends Pick<TenantBudgets, "count"> {
  /** What the policy reads in a question. Changes nothing. */
  read(question: string, tenant: string, costs: RelativeCosts): LearnedReading;
  /** What weighed most in the score of a question. */
  explain(question: string): readonly WeighedFeature[];
}

/** How many features an explanation has. */
const explainedFeatures = 8;

/** Creates the policy, with all of its budget still to spend. */
export function createLearnedRouting(model: LearnedModel, budget: ScoreBudget): LearnedRouting {
  const { readingOf, count } = createTenantBudgets(model, budget);
  return {
    read: (question, tenant, costs) => readingOf(scoreText(model, question), tenant, costs),
    count,
    explain: (question) => explainScore(model, question, explainedFeatures),
  };
}
