import type { LearnedReading, RelativeCosts, ScoreBudget, TierCutoffs } from "@meridian/core";
import { tierOfScore } from "./score-text.js";
import { createScoreWindow, type ScoreWindow } from "./score-window.js";

/** Where a score stands among the recent ones. */
export type ScoreStanding = Pick<LearnedReading, "quantile" | "cutoffs">;

/**
 * Holds the budget of one stream of calls, such as a tenant's. The cut-offs are quantiles of the recent scores of the
 * prompt's language, moved against what the whole stream has spent too much or too little so far, so that the budget holds
 * whatever the scores do: see {@link maxCallsOver}. Nothing is drawn at random: the same stream gets the same tiers.
 */
export interface BudgetHolder {
  /** The cut-offs for the next call, if it has this score and language and costs so much. Changes nothing. */
  standingOf(scored: Pick<LearnedReading, "score" | "language">, costs: RelativeCosts): ScoreStanding;
  /** Takes note of a call that was routed by a reading. */
  count(reading: Pick<LearnedReading, "score" | "language" | "cutoffs" | "costs">): void;
}

/** So many calls over or under the budget move a cut-off past all scores; half as many move it a quarter as far. */
const fullCorrectionCalls = 8;

/**
 * By how many calls the medium and the high tier together, or the high one alone, are over their share of a stream at
 * most, however long it is and whatever its scores are.
 */
export const maxCallsOver = fullCorrectionCalls + 1;

/** What a cut-off is that every score reaches, or none does. */
const extremes = { every: -2, none: 2 } as const;

/** Whether scores reach a cut-off at this moment: "sometimes" says that it depends on the score. */
export function isReached(cutoff: number): "always" | "sometimes" | "never" {
  if (cutoff === extremes.every) return "always";
  return cutoff === extremes.none ? "never" : "sometimes";
}

/** Half the distance between two scores. */
const justAbove = 5e-7;

/** Creates the holder of a budget for a stream of which nothing was seen yet. `calibration`: that of the learned model. */
export function createBudgetHolder(budget: ScoreBudget, calibration: readonly number[]): BudgetHolder {
  const unseen = createScoreWindow(calibration);
  const windows = new Map<string, ScoreWindow>();
  /**
   * How many calls more than their share reached each cut-off. With a budget of cost, for both: what was spent too much, in
   * calls of the high tier.
   */
  const excess = { medium: 0, high: 0 };

  const cutoffAt = (window: ScoreWindow, shareBelow: number, over: number) => {
    // Sums of shares such as 0.7 and 0.3 are not always quite 1.
    if (shareBelow < 1e-9) return extremes.every;
    if (shareBelow > 1 - 1e-9) return extremes.none;
    // Of equal scores at the cut-off, as many reach it as the budget has room for.
    return window.at(shareBelow) + (over > 0 ? justAbove : 0);
  };
  return {
    standingOf({ score, language }, costs) {
      const window = windows.get(language) ?? unseen;
      const below = budget.kind === "cost" ? sharesOfCost(budget.ofHigh, costs, excess.high) : sharesOf(budget, excess);
      const medium = cutoffAt(window, below.medium, excess.medium);
      const high = Math.max(medium, cutoffAt(window, below.high, excess.high));
      return { quantile: window.quantileOf(score), cutoffs: { medium, high } };
    },
    count({ score, language, cutoffs, costs }) {
      const window = windows.get(language) ?? createScoreWindow(calibration);
      windows.set(language, window);
      window.add(score);
      const tier = tierOfScore({ cutoffs }, score);
      if (budget.kind === "cost") {
        // Where even the low tier costs more than the budget, the debt ends here: it could never be made good.
        const spent = excess.high + costs[tier] - budget.ofHigh;
        excess.high = Math.max(-maxCallsOver, Math.min(maxCallsOver, spent));
        excess.medium = excess.high;
      } else {
        excess.medium += (tier === "low" ? 0 : 1) - (budget.medium + budget.high);
        excess.high += (tier === "high" ? 1 : 0) - budget.high;
      }
    },
  };
}

/** The share of the scores that is to be below each cut-off. */
function sharesOf({ medium, high }: ScoreBudget & { kind: "share" }, excess: TierCutoffs): TierCutoffs {
  return { medium: 1 - medium - high + correction(excess.medium), high: 1 - high + correction(excess.high) };
}

/**
 * The same for a budget of cost, which leaves open how much of it is for the medium tier. Of a mix of x, from 0 to 1, the
 * high tier gets x², the low one (1 - x)² and the medium one the rest: from all low to all high, with most medium between.
 */
function sharesOfCost(ofHigh: number, costs: RelativeCosts, excess: number): TierCutoffs {
  const costOf = (mix: number) =>
    (1 - mix) ** 2 * costs.low + 2 * mix * (1 - mix) * costs.medium + mix ** 2 * costs.high;
  let [from, to] = [0, 1];
  for (let halving = 0; halving < mixHalvings; halving++) {
    const middle = (from + to) / 2;
    if (costOf(middle) < ofHigh) from = middle;
    else to = middle;
  }
  const mix = Math.max(0, Math.min(1, to - correction(excess)));
  return { medium: (1 - mix) ** 2, high: 1 - mix ** 2 };
}

/** How often the range is halved in which the mix is looked for. */
const mixHalvings = 16;

/** By how much the share below a cut-off has to be larger. What comes by chance changes it little. */
function correction(over: number): number {
  return (over * Math.abs(over)) / fullCorrectionCalls ** 2;
}
