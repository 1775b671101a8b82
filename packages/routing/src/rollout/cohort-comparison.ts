import type { Cohort, RolloutPolicy, Transport } from "@meridian/core";
import { bucketEndMs, bucketOf, bucketsApart, LatencyHistogram } from "./latency-histogram.js";
import { addEvidence, logEvidenceOf, newTest, type Table, type Tally, type TestState } from "./sequential-test.js";

/** What one call says of its side of the canary. */
export interface CanaryObservation {
  readonly cohort: Cohort;
  /** Whether it failed by a fault of the deployment. */
  readonly isFailed: boolean;
  /** What an answer took: to its first content as a stream, else to its end. Undefined: not known. */
  readonly latency: { readonly transport: Transport; readonly ms: number } | undefined;
}

/** What one side came to since the step began. */
export interface CohortTotals {
  readonly calls: number;
  readonly failed: number;
  /** Calls whose latency was compared. */
  readonly answers: number;
  /** Those of them that took longer than the baseline's p95. */
  readonly slow: number;
}

/** Where a comparison stands. Plain data: it survives a restart; what it knows of latencies is learned again. */
export interface ComparisonState {
  readonly errors: TestState;
  readonly latency: TestState;
  readonly canary: CohortTotals;
  readonly baseline: CohortTotals;
}

/** What is wrong with the canary. */
export type Mismatch = "more_errors" | "slower";

/** The evidence is weighed once in so many calls of both sides. */
const callsPerBlock = 50;

/** The 95th percentile leaves this share above it. */
const slowShare = 0.05;

/** So many of the baseline's latencies have to be known before answers are compared with them. */
const leastLatencies = 200;

/** The baseline's rate of failures is taken from so many calls, one of which failed, until its own are more. */
const priorFailures: Tally = { calls: 100, hits: 1 };

/** Older calls count half from here on, again and again: the rate follows what changes. */
const halvedAtCalls = 10_000;

const noCalls: CohortTotals = { calls: 0, failed: 0, answers: 0, slow: 0 };

/** A comparison that has seen nothing. */
export const newComparison: ComparisonState = {
  errors: newTest,
  latency: newTest,
  canary: noCalls,
  baseline: noCalls,
};

const transports = ["unary", "stream"] as const satisfies readonly Transport[];

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type OpenTable = Record<Cohort, Writable<Tally>>;

/**
 * Compares the two sides while calls come: how often they fail, and how many answers take longer than the baseline's p95.
 * The memory is bounded: counters, and a histogram of the baseline's latencies for each transport.
 */
export class CohortComparison {
  readonly #policy: RolloutPolicy;
  readonly #latencies = { unary: new LatencyHistogram(), stream: new LatencyHistogram() };
  #errors: TestState;
  #latency: TestState;
  #totals: Record<Cohort, Writable<CohortTotals>>;
  #knownFailures: Writable<Tally> = { ...priorFailures };
  #block: Block;

  constructor(policy: RolloutPolicy, { errors, latency, canary, baseline }: ComparisonState = newComparison) {
    this.#policy = policy;
    this.#errors = errors;
    this.#latency = latency;
    this.#totals = { canary: { ...canary }, baseline: { ...baseline } };
    this.#block = this.#newBlock();
  }

  /** What is to be kept. */
  get state(): ComparisonState {
    return {
      errors: this.#errors,
      latency: this.#latency,
      canary: { ...this.#totals.canary },
      baseline: { ...this.#totals.baseline },
    };
  }

  /** Whether both tests have found, since the step began, that the canary is not worse. */
  get isPassed(): boolean {
    return this.#errors.roundsPassed > 0 && this.#latency.roundsPassed > 0;
  }

  /** The baseline's 95th percentile in milliseconds; undefined where too little is known. */
  p95Ms(transport: Transport): number | undefined {
    const latencies = this.#latencies[transport];
    return latencies.total < leastLatencies ? undefined : bucketEndMs(latencies.bucketBelow(slowShare));
  }

  /** Begins a step: what was found before counts no longer, the evidence of the round under way does. */
  beginStep(): void {
    this.#errors = { ...this.#errors, roundsPassed: 0 };
    this.#latency = { ...this.#latency, roundsPassed: 0 };
    this.#totals = { canary: { ...noCalls }, baseline: { ...noCalls } };
    this.#block = this.#newBlock();
  }

  /** Adds a call. Says what is wrong with the canary once that is certain enough; undefined otherwise. */
  observe({ cohort, isFailed, latency }: CanaryObservation): Mismatch | undefined {
    const totals = this.#totals[cohort];
    totals.calls += 1;
    count(this.#block.errors[cohort], isFailed);
    if (isFailed) totals.failed += 1;
    if (latency !== undefined) this.#observeLatency(cohort, latency.transport, bucketOf(latency.ms));
    this.#block.calls += 1;
    return this.#block.calls < callsPerBlock ? undefined : this.#weigh();
  }

  #observeLatency(cohort: Cohort, transport: Transport, bucket: number): void {
    const { slowAbove, table } = this.#block[transport];
    if (cohort === "baseline") this.#latencies[transport].add(bucket);
    if (slowAbove === undefined) return;
    const isSlow = bucket > slowAbove;
    const totals = this.#totals[cohort];
    totals.answers += 1;
    if (isSlow) totals.slow += 1;
    count(table[cohort], isSlow);
  }

  #weigh(): Mismatch | undefined {
    const { errorPoints, falseAbortPercent } = this.#policy;
    const block = this.#block;
    const { calls, hits } = this.#knownFailures;
    const baseline = withinLimits(hits / calls);
    const sought = { baseline, canary: withinLimits(baseline + errorPoints / 100) };
    const slowEvidence = transports.reduce((sum, each) => sum + this.#slowEvidence(each), 0);
    // Two tests share what may go wrong.
    const falseAlarmShare = falseAbortPercent / 100 / 2;
    const errors = addEvidence(this.#errors, logEvidenceOf(block.errors, sought), falseAlarmShare);
    const latency = addEvidence(this.#latency, slowEvidence, falseAlarmShare);
    this.#errors = errors.test;
    this.#latency = latency.test;
    this.#learnFailures(block.errors.baseline);
    this.#block = this.#newBlock();
    if (errors.isWorse) return "more_errors";
    return latency.isWorse ? "slower" : undefined;
  }

  /** Sought is what a canary would show whose answers take so much longer, all of them. */
  #slowEvidence(transport: Transport): number {
    const { table, sought } = this.#block[transport];
    return sought === undefined ? 0 : logEvidenceOf(table, sought);
  }

  #learnFailures({ calls, hits }: Tally): void {
    const known = this.#knownFailures;
    known.calls += calls;
    known.hits += hits;
    if (known.calls <= halvedAtCalls) return;
    // One that never fails is still taken to fail now and then.
    known.hits = Math.max(1, known.hits / 2);
    known.calls /= 2;
  }

  #newBlock(): Block {
    return newBlock(this.#latencies, this.#policy);
  }
}

type Block = ReturnType<typeof newBlock>;

/** What is slow, and what is sought, is fixed before the calls of a block are seen: the test's guarantee rests on it. */
function newBlock(latencies: Readonly<Record<Transport, LatencyHistogram>>, { latencyPercent }: RolloutPolicy) {
  const answersOf = (transport: Transport) => {
    const known = latencies[transport];
    if (known.total < leastLatencies) return { slowAbove: undefined, sought: undefined, table: newTable() };
    const slowAbove = known.bucketBelow(slowShare);
    const baseline = withinLimits(known.shareAbove(slowAbove));
    const canary = withinLimits(known.shareAbove(slowAbove - bucketsApart(1 + latencyPercent / 100)));
    return { slowAbove, sought: { baseline, canary }, table: newTable() };
  };
  return { calls: 0, errors: newTable(), unary: answersOf("unary"), stream: answersOf("stream") };
}

function newTable(): OpenTable & Table {
  return { canary: { calls: 0, hits: 0 }, baseline: { calls: 0, hits: 0 } };
}

function count(tally: Writable<Tally>, isHit: boolean): void {
  tally.calls += 1;
  if (isHit) tally.hits += 1;
}

/** A rate of which the logarithm exists, and of the rest too. */
function withinLimits(rate: number): number {
  return Math.min(0.999, Math.max(0.001, rate));
}
