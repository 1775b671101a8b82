import type { Transport } from "@meridian/core";
import type { CohortTotals, ComparisonState, Mismatch } from "./cohort-comparison.js";

/** Why a canary is aborted, in one sentence with its figures. */
export function describeMismatch(
  mismatch: Mismatch,
  { canary, baseline, errors, latency }: ComparisonState,
  p95Ms: Readonly<Record<Transport, number | undefined>>,
): string {
  const test = mismatch === "more_errors" ? errors : latency;
  const odds = `the evidence against it is ${formatCount(Math.exp(test.logEvidence))} to 1 (round ${test.round})`;
  return mismatch === "more_errors"
    ? `${failures("the canary", canary)}, ${failures("the baseline", baseline)}: ${odds}`
    : `${slowAnswers("the canary", canary)}, ${slowAnswers("the baseline", baseline)}, took longer than the baseline's p95${describeP95(p95Ms)}: ${odds}`;
}

/** Why a canary goes on, in one sentence with its figures. */
export function describePassed({ canary, baseline }: ComparisonState): string {
  return `not worse in this step: ${failures("the canary", canary)}, ${failures("the baseline", baseline)}; ${slowAnswers("the canary", canary)}, ${slowAnswers("the baseline", baseline)}, took longer than the baseline's p95`;
}

/** What a step waits for whose time is over. */
export function describeWaiting({ canary, baseline, errors, latency }: ComparisonState): string {
  const open = [errors.roundsPassed === 0 ? "errors" : "", latency.roundsPassed === 0 ? "latency" : ""].filter(Boolean);
  if (open.length === 0) return "the next call";
  return `more calls: ${canary.calls} of the canary and ${baseline.calls} of the baseline are too few to tell about ${open.join(" and ")}`;
}

function failures(side: string, { calls, failed }: CohortTotals): string {
  return `${percent(failed, calls)} of ${calls} calls of ${side} failed`;
}

function slowAnswers(side: string, { answers, slow }: CohortTotals): string {
  return `${percent(slow, answers)} of ${answers} answers of ${side}`;
}

function describeP95({ unary, stream }: Readonly<Record<Transport, number | undefined>>): string {
  const parts = [
    ...(unary === undefined ? [] : [`${Math.round(unary)} ms for a whole answer`]),
    ...(stream === undefined ? [] : [`${Math.round(stream)} ms for the first content of a stream`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(2)} %`;
}

function formatCount(value: number): string {
  return value >= 1e6 ? value.toExponential(0) : String(Math.round(value));
}
