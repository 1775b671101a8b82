import type { CallShape } from "../load/load-job.js";

/** The ways of calling that subjects are compared in. Not every subject has all of them. */
export type CallForm = "unary-http1" | "unary-h2c" | "stream-http1" | "stream-h2c";

/** What a subject is given to run. */
export interface SubjectWorld {
  /** Of the instant relay, such as "http://127.0.0.1:1234". */
  readonly relayOrigin: string;
  /** Cores to stay on, in the notation of `taskset -c`; undefined: any. */
  readonly cores: string | undefined;
}

/** Something whose cost is measured. To compare with another proxy, add a module that makes one of these. */
export interface Subject {
  /** Short, unique: a column of the results. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly description: string;
  /** How it is called in each form; a form that is missing is not measured. */
  readonly calls: Readonly<Partial<Record<CallForm, CallShape>>>;
  /** Starts it, ready to be called. Rejects with what went wrong. */
  start(world: SubjectWorld): Promise<RunningSubject>;
}

/** A subject that answers. */
export interface RunningSubject {
  /** The process whose CPU is counted; undefined: only its latency is of interest. */
  readonly pid: number | undefined;
  /** Where it takes calls, such as "http://127.0.0.1:1234". */
  readonly origins: Readonly<Record<CallShape["transport"], string>>;
  stop(): Promise<void>;
}
