import type { PromptTokens } from "../fixture.js";
import type { CallShape } from "../load/load-job.js";

/** The ways of calling that subjects are compared in. Not every subject has all of them. */
export type CallForm = "unary-http1" | "unary-h2c" | "stream-http1" | "stream-h2c";

/** How a subject is called in one form. */
export interface SubjectCall extends Omit<CallShape, "bodyBase64"> {
  /** The body of the call that asks a prompt. */
  readonly body: (prompt: PromptTokens) => Buffer;
}

/** The call that asks a prompt, as it travels to the load. */
export function callShape({ body, ...call }: SubjectCall, prompt: PromptTokens): CallShape {
  return { ...call, bodyBase64: body(prompt).toString("base64") };
}

/** What a subject is given to run. */
export interface SubjectWorld {
  /** Of the instant relay, such as "http://127.0.0.1:1234". */
  readonly relayOrigin: string;
  /** Cores to stay on, in the notation of `taskset -c`; undefined: any. */
  readonly cores: string | undefined;
  /** Whether its memory will be read through Node's inspector. Default: false; nothing else than Node cares. */
  readonly inspect?: boolean;
}

/** Something whose cost is measured. To compare with another proxy, add a module that makes one of these. */
export interface Subject {
  /** Short, unique: a column of the results. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly description: string;
  /** Why it cannot run on this machine; undefined: it can, or it is of our own making. */
  readonly missing?: () => string | undefined;
  /** Its version, where it is not part of this repository. */
  readonly version?: () => string;
  /** The share of every work that it gets: less than 1 for what is slow enough to be measured by less. Default: 1. */
  readonly share?: number;
  /** How it is called in each form; a form that is missing is not measured. */
  readonly calls: Readonly<Partial<Record<CallForm, SubjectCall>>>;
  /** Starts it, ready to be called. Rejects with what went wrong. */
  start(world: SubjectWorld): Promise<RunningSubject>;
}

/** A subject that answers. */
export interface RunningSubject {
  /** The process whose CPU is counted; undefined: only its latency is of interest. */
  readonly pid: number | undefined;
  /** Where its inspector listens, where it was asked to and is Node. */
  readonly inspectorUrl?: string | undefined;
  /** Where it takes calls, such as "http://127.0.0.1:1234". */
  readonly origins: Readonly<Record<CallShape["transport"], string>>;
  /** Added to those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
