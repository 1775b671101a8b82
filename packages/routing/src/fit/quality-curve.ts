/** How a cheap and an expensive model did on a prompt, beside the score that it was given before. */
export interface ScoredOutcome {
  /** The higher, the sooner the prompt goes to the expensive model. */
  readonly score: number;
  /** How often the cheap model was right, 0 to 1. */
  readonly weakOk: number;
  /** How often the expensive model was right, 0 to 1. */
  readonly strongOk: number;
}

/** What is won over the cheap model alone as more and more prompts, highest scores first, go to the expensive one. */
export interface QualityCurve {
  /** Shares of the prompts, ascending from 0 to 1. */
  readonly shares: readonly number[];
  /** At each share how many more answers are right, as a share of all; straight lines between. The last is the whole gap. */
  readonly gains: readonly number[];
}

/** The curve of some prompts. Equal scores are one step: they go together, in any order. */
export function qualityCurve(outcomes: readonly ScoredOutcome[]): QualityCurve {
  const sorted = [...outcomes].sort((one, other) => other.score - one.score);
  const shares = [0];
  const gains = [0];
  let gain = 0;
  for (const [index, { score, weakOk, strongOk }] of sorted.entries()) {
    gain += strongOk - weakOk;
    if (sorted[index + 1]?.score === score) continue;
    shares.push((index + 1) / sorted.length);
    gains.push(gain / sorted.length);
  }
  return { shares, gains };
}

/**
 * APGR: the area under the part of the gap that is won. 0.5 is chance. Meaningless where the expensive model is not better.
 * See https://arxiv.org/abs/2406.18665.
 */
export function areaUnderCurve({ shares, gains }: QualityCurve): number {
  let area = 0;
  for (let index = 1; index < shares.length; index++)
    area += (at(shares, index) - at(shares, index - 1)) * ((at(gains, index) + at(gains, index - 1)) / 2);
  return area / (gains.at(-1) ?? 0);
}

/** CPT: the smallest share of the prompts that wins a part of the gap, as 0.5 for half of it. */
export function shareToWin({ shares, gains }: QualityCurve, part: number): number {
  const wanted = part * (gains.at(-1) ?? 0);
  const index = gains.findIndex((gain, step) => step > 0 && gain >= wanted);
  if (index < 0) return 1;
  const before = at(gains, index - 1);
  const rise = at(gains, index) - before;
  const start = at(shares, index - 1);
  return start + (rise > 0 ? (wanted - before) / rise : 0) * (at(shares, index) - start);
}

/** What is won when a share of the prompts goes to the expensive model, from 0 to 1. */
export function gainAtShare({ shares, gains }: QualityCurve, share: number): number {
  const index = Math.max(
    1,
    shares.findIndex((step) => step >= share),
  );
  const width = at(shares, index) - at(shares, index - 1);
  const part = width > 0 ? (share - at(shares, index - 1)) / width : 0;
  return at(gains, index - 1) + part * (at(gains, index) - at(gains, index - 1));
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}
