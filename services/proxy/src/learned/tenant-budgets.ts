import type { LearnedReading, RelativeCosts, ScoreBudget } from "@meridian/core";
import { type BudgetHolder, createBudgetHolder, type LearnedModel } from "@meridian/routing";
import { LRUCache } from "lru-cache";

/** How the budget stands for each tenant: each has the whole of it for its own calls. */
export interface TenantBudgets {
  /** Where a score stands among those of its tenant and language. Changes nothing. */
  readingOf(scored: Pick<LearnedReading, "score" | "language">, tenant: string, costs: RelativeCosts): LearnedReading;
  /** Takes note of a call that was planned by a reading. To be called once for each. */
  count(tenant: string, reading: LearnedReading): void;
}

/** How many tenants are remembered, with some 3 KB for each language. The one that was idle longest begins anew. */
const maxTenants = 1_024;

/** Creates the budgets, with nothing spent yet. */
export function createTenantBudgets(
  { version, calibration }: Pick<LearnedModel, "version" | "calibration">,
  budget: ScoreBudget,
): TenantBudgets {
  const holders = new LRUCache<string, BudgetHolder>({ max: maxTenants });
  const createHolder = () => createBudgetHolder(budget, calibration);
  const unspent = createHolder();

  return {
    readingOf({ score: exactScore, language }, tenant, costs) {
      const score = Number(exactScore.toFixed(6));
      const holder = holders.peek(tenant) ?? unspent;
      const { quantile, cutoffs } = holder.standingOf({ score, language }, costs);
      return { version, language, score, quantile: Number(quantile.toFixed(4)), cutoffs, budget, costs };
    },
    count(tenant, reading) {
      const known = holders.get(tenant);
      const holder = known ?? createHolder();
      if (known === undefined) holders.set(tenant, holder);
      holder.count(reading);
    },
  };
}
