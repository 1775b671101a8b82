import type { Label } from "./label.js";
import { areaUnderCurve, qualityCurve, type ScoredOutcome } from "./quality-curve.js";

/** A figure and its standard error. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** How well two scorers order the same labels, as areas under the curve of quality (0.5: by chance). */
export interface ScoreComparison {
  readonly before: Estimate;
  readonly after: Estimate;
  /** After less before; as both are measured on the same labels, it is surer than either. */
  readonly change: Estimate;
}

/** Into how many groups labels are cut for the standard errors. */
const mostGroups = 100;

/**
 * Compares two lists of scores of the same labels. Standard errors are those of the jackknife, leaving out a group at a
 * time (https://en.wikipedia.org/wiki/Jackknife_resampling).
 */
export function compareScores(
  labels: readonly Label[],
  before: readonly number[],
  after: readonly number[],
): ScoreComparison {
  const groups = Math.min(mostGroups, labels.length);
  const areaOf = (scores: readonly number[], without?: number) => {
    const outcomes = labels.map(
      ({ weakOk, strongOk }, index): ScoredOutcome => ({ score: scores[index] ?? 0, weakOk, strongOk }),
    );
    return areaUnderCurve(qualityCurve(outcomes.filter((_, index) => index % groups !== without)));
  };
  const estimate = (figure: (without?: number) => number): Estimate => {
    const figures = Array.from({ length: groups }, (_, group) => figure(group));
    const mean = figures.reduce((sum, each) => sum + each, 0) / groups;
    const squares = figures.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    return { value: figure(), standardError: Math.sqrt(((groups - 1) / groups) * squares) };
  };
  return {
    before: estimate((without) => areaOf(before, without)),
    after: estimate((without) => areaOf(after, without)),
    change: estimate((without) => areaOf(after, without) - areaOf(before, without)),
  };
}
