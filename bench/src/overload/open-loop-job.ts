import type { CallShape } from "../load/load-job.js";

/** Calls that arrive by the clock, whatever becomes of those before. */
export interface OpenLoopJob extends CallShape {
  /** Such as "http://127.0.0.1:1234". */
  readonly origin: string;
  /** The text that every answer must hold. */
  readonly expectedText: string;
  /** On average; the intervals are those of independent callers (exponential). */
  readonly callsPerSecond: number;
  readonly seconds: number;
  /** Calls of the same rate before, which are not counted: connections are made, and queues find their length. */
  readonly warmUpSeconds: number;
  /** An answer that takes longer comes too late. */
  readonly inTimeMs: number;
}

/** What became of the calls. Each is counted once. */
export interface OpenLoopOutcome {
  readonly calls: number;
  /** Until the last of them had ended. */
  readonly seconds: number;
  /** Right answers in time. */
  readonly answered: number;
  /** Right answers that came too late. */
  readonly late: number;
  /** Calls refused with a delay to wait, each with how long it took to be told, in milliseconds. */
  readonly refusedMs: readonly number[];
  /** Of the answers in time. */
  readonly answeredMs: readonly number[];
  /** Calls that ended in another way, by what was wrong. */
  readonly others: Readonly<Record<string, number>>;
  /** How late the generator itself was, in milliseconds: latencies are no more exact than that. */
  readonly generatorDelayMs: { readonly p99: number; readonly max: number };
}
