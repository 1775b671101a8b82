import { areaUnderCurve, gainAtShare, qualityCurve, type ScoredOutcome, shareToWin } from "@meridian/routing";
import { between, createRandom } from "../create-random.js";

/** A figure with the interval that holds 95 of 100 resamples of the prompts. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How well a policy orders prompts: the mean over some suites. */
export interface QualityReport {
  readonly apgr: Interval;
  readonly cpt50: Interval;
  readonly cpt80: Interval;
  /** The part of the gap that is won at 0, 1, ..., 100 % of the prompts sent to the expensive model. */
  readonly curve: readonly number[];
}

type Figures = Readonly<Record<"apgr" | "cpt50" | "cpt80", number>>;

/** Reports on the mean over some suites: intervals by so many resamples within each. */
export function qualityReport(
  suites: readonly (readonly ScoredOutcome[])[],
  resamples: number,
  seed: number,
): QualityReport {
  const random = createRandom(seed);
  const resampled = (rows: readonly ScoredOutcome[]) =>
    rows.flatMap(() => rows[between(random, 0, rows.length - 1)] ?? []);
  const figures = meanFigures(suites);
  const drawn = Array.from({ length: resamples }, () => meanFigures(suites.map(resampled)));
  const interval = (name: keyof Figures): Interval => {
    // A resample without a gap has no figures.
    const sorted = drawn.map((one) => one[name]).filter(Number.isFinite);
    sorted.sort((one, other) => one - other);
    const quantile = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN;
    return { value: figures[name], low: quantile(0.025), high: quantile(0.975) };
  };
  const curves = suites.map(gapCurve);
  return {
    apgr: interval("apgr"),
    cpt50: interval("cpt50"),
    cpt80: interval("cpt80"),
    curve: Array.from({ length: 101 }, (_, percent) => mean(curves.map((curve) => curve[percent] ?? Number.NaN))),
  };
}

function meanFigures(suites: readonly (readonly ScoredOutcome[])[]): Figures {
  const all = suites.map(figuresOf);
  return {
    apgr: mean(all.map(({ apgr }) => apgr)),
    cpt50: mean(all.map(({ cpt50 }) => cpt50)),
    cpt80: mean(all.map(({ cpt80 }) => cpt80)),
  };
}

function figuresOf(rows: readonly ScoredOutcome[]): Figures {
  const curve = qualityCurve(rows);
  return { apgr: areaUnderCurve(curve), cpt50: shareToWin(curve, 0.5), cpt80: shareToWin(curve, 0.8) };
}

function gapCurve(rows: readonly ScoredOutcome[]): readonly number[] {
  const curve = qualityCurve(rows);
  return Array.from({ length: 101 }, (_, percent) => gainAtShare(curve, percent / 100) / (curve.gains.at(-1) ?? 0));
}

/** The mean of some numbers; of none, NaN. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
