import type { LearnedReading, RelativeCosts, ScoreBudget } from "@meridian/core";
import { explainScore, type LearnedModel, scoreText, type WeighedFeature } from "@meridian/routing";
import { createTenantBudgets, type TenantBudgets } from "./tenant-budgets.js";

/** The learned policy of a process: its model, and how its budget stands. */
export interface LearnedRouting extends TenantBudgets {
  /** What the policy reads in a question. Changes nothing. */
  read(question: string, tenant: string, costs: RelativeCosts): LearnedReading;
  /** What weighed most in the score of a question. */
  explain(question: string): readonly WeighedFeature[];
}

/** How many features an explanation has. */
const explainedFeatures = 8;

/** Creates the policy, with nothing spent yet. */
export function createLearnedRouting(model: LearnedModel, budget: ScoreBudget): LearnedRouting {
  const budgets = createTenantBudgets(model, budget);
  return {
    ...budgets,
    read: (question, tenant, costs) => budgets.readingOf(scoreText(model, question), tenant, costs),
    explain: (question) => explainScore(model, question, explainedFeatures),
  };
}
