/** How often something happened among some calls. */
export interface Tally {
  readonly calls: number;
  readonly hits: number;
}

/** A block of calls: both sides, over the same time. */
export interface Table {
  readonly canary: Tally;
  readonly baseline: Tally;
}

/** The rates, above 0 and below 1, that a test looks for: the baseline's as it is known, the canary's worse by the effect. */
export interface SoughtRates {
  readonly canary: number;
  readonly baseline: number;
}

/** Where a test stands. Plain data: it survives a restart. */
export interface TestState {
  /** The round under way, from 1. */
  readonly round: number;
  /** The evidence of this round, as a natural logarithm: 0 says nothing, more speaks against the canary. */
  readonly logEvidence: number;
  /** Rounds that ended well for the canary since the step began. */
  readonly roundsPassed: number;
}

/** A test that has seen nothing. */
export const newTest: TestState = { round: 1, logEvidence: 0, roundsPassed: 0 };

/** A round ends well for the canary where the evidence has fallen to this: 20 to 1 for "not worse by the effect". */
const passedAt = Math.log(1 / 20);

/**
 * The evidence of one block against "the canary's rate is at most the baseline's", as a natural logarithm.
 *
 * It is the likelihood of the block under the sought rates over that under their mean, weighted by the calls of each
 * side. Whatever the true rate is, its expectation is at most 1 where both sides share it, for any sizes of the sides and
 * any sought rates that were chosen before the block: an e-variable. So products over blocks stay valid while rates drift
 * and the percentage grows; see docs/canary.md for the proof in two lines.
 *
 * @see Turner, Ly, Grünwald: Generic E-variables for exact sequential k-sample tests that allow for optional stopping,
 *   Journal of Statistical Planning and Inference 230 (2024), https://arxiv.org/abs/2106.02693
 */
export function logEvidenceOf({ canary, baseline }: Table, sought: SoughtRates): number {
  const calls = canary.calls + baseline.calls;
  if (calls === 0) return 0;
  const mean = (canary.calls * sought.canary + baseline.calls * sought.baseline) / calls;
  return logRatio(canary, sought.canary, mean) + logRatio(baseline, sought.baseline, mean);
}

function logRatio({ calls, hits }: Tally, rate: number, mean: number): number {
  return hits * Math.log(rate / mean) + (calls - hits) * Math.log((1 - rate) / (1 - mean));
}

/**
 * Adds the evidence of a block. "worse": the canary is worse, which is wrong with a probability of at most
 * `falseAlarmShare` over all rounds together, however many there are (Ville's inequality; round k may use 1/(k(k+1)) of it).
 *
 * The rounds are what notices a canary that turns bad late: one long test would have to win back all that speaks for the
 * time before.
 */
export function addEvidence(
  test: TestState,
  logEvidence: number,
  falseAlarmShare: number,
): { readonly test: TestState; readonly isWorse: boolean } {
  const { round, roundsPassed } = test;
  const sum = test.logEvidence + logEvidence;
  if (sum <= passedAt) {
    return { test: { round: round + 1, logEvidence: 0, roundsPassed: roundsPassed + 1 }, isWorse: false };
  }
  return {
    test: { round, logEvidence: sum, roundsPassed },
    isWorse: sum >= Math.log((round * (round + 1)) / falseAlarmShare),
  };
}
