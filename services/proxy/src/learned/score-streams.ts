import type { LearnedReading, RelativeCosts, ScoreBudget } from "@meridian/core";
import { type BudgetHolder, createBudgetHolder, type LearnedModel, type LearnedScore } from "@meridian/routing";
import { LRUCache } from "lru-cache";

/** How the budget stands for each tenant and language. */
export interface ScoreStreams {
  /** Where a score stands among those of its tenant and language. Changes nothing. */
  readingOf(scored: Pick<LearnedScore, "score" | "language">, tenant: string, costs: RelativeCosts): LearnedReading;
  /** Takes note of a call that was planned by a reading. To be called once for each. */
  count(tenant: string, reading: LearnedReading): void;
}

/** How many streams are remembered, of some 3 KB each. The one that was idle longest begins anew. */
const maxStreams = 1_024;

/** Creates the streams, with all of the budget still to spend. */
export function createScoreStreams(
  { version, calibration }: Pick<LearnedModel, "version" | "calibration">,
  budget: ScoreBudget,
): ScoreStreams {
  const streams = new LRUCache<string, BudgetHolder>({ max: maxStreams });
  const createStream = () => createBudgetHolder(budget, calibration);
  const unseen = createStream();
  const keyOf = (tenant: string, language: string) => `${language} ${tenant}`;

  return {
    readingOf({ score: exactScore, language }, tenant, costs) {
      const score = Number(exactScore.toFixed(6));
      const stream = streams.peek(keyOf(tenant, language)) ?? unseen;
      const { quantile, cutoffs } = stream.standingOf(score, costs);
      return { version, language, score, quantile: Number(quantile.toFixed(4)), cutoffs, budget, costs };
    },
    count(tenant, reading) {
      const key = keyOf(tenant, reading.language);
      const known = streams.get(key);
      const stream = known ?? createStream();
      if (known === undefined) streams.set(key, stream);
      stream.count(reading);
    },
  };
}
