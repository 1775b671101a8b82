/** How many scores are remembered. */
const windowScores = 256;

/** How many scores of the calibration stand in for the traffic that has not been seen yet. */
const priorScores = 32;

/** Scores are kept in whole millionths, so that equal ones are equal. */
const scoreUnit = 1_000_000;

/**
 * The last 256 scores of a stream, in 2 KB. It begins with some of the calibration, which the stream's own outweigh and in
 * the end replace.
 */
export interface ScoreWindow {
  add(score: number): void;
  /** The score that has the given share of all below it: 0 to less than 1. */
  at(share: number): number;
  /** The share of the scores that is lower than this one, with half of those that are equal: 0 to 1. */
  quantileOf(score: number): number;
}

/** Creates the window of a stream of which nothing was seen yet. `calibration`: usual scores, ascending, at least two. */
export function createScoreWindow(calibration: readonly number[]): ScoreWindow {
  const recent = new Int32Array(windowScores);
  const sorted = new Int32Array(windowScores);
  let length = 0;
  let next = 0;

  /** Where in order the first score stands that is not lower. */
  const placeOf = (units: number) => {
    let [from, to] = [0, length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((sorted[middle] ?? 0) < units) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const add = (score: number) => {
    const units = Math.round(score * scoreUnit);
    if (length === windowScores) {
      const place = placeOf(recent[next] ?? 0);
      sorted.copyWithin(place, place + 1, length);
      length--;
    }
    const place = placeOf(units);
    sorted.copyWithin(place + 1, place, length);
    sorted[place] = units;
    recent[next] = units;
    length++;
    next = (next + 1) % windowScores;
  };
  // Low and high scores in turn: whichever of them leave first, the rest is as spread as all.
  for (let index = 0; index < priorScores; index++)
    add(scoreAt(calibration, (((index * priorStep) % priorScores) + 0.5) / priorScores));

  return {
    add,
    at: (share) => (sorted[Math.floor(share * length)] ?? 0) / scoreUnit,
    quantileOf(score) {
      const units = Math.round(score * scoreUnit);
      return (placeOf(units) + placeOf(units + 1)) / 2 / length;
    },
  };
}

/** Has no divisor in common with `priorScores`. */
const priorStep = 13;

/** The score at a quantile of evenly spaced ones, between two of them by a straight line. */
function scoreAt(calibration: readonly number[], quantile: number): number {
  const place = quantile * (calibration.length - 1);
  const lower = calibration[Math.floor(place)] ?? 0;
  const upper = calibration[Math.ceil(place)] ?? lower;
  return lower + (upper - lower) * (place % 1);
}
