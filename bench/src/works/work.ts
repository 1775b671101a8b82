import type { PromptTokens } from "../fixture.js";
import type { CallForm } from "../subjects/subject.js";

/** What is measured: one kind of load, which every subject that can gets in turn. */
export interface Work {
  /** Short, unique: a row of the results. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly description: string;
  readonly form: CallForm;
  readonly prompt: PromptTokens;
  /** The figures that come out: the subject's CPU for each unit, or the latency of calls. */
  readonly measure: "cpu" | "latency";
  /** What CPU is divided by: calls, or the content chunks of all streams. */
  readonly unit: "call" | "chunk";
  readonly calls: number;
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Calls to start in a second; null: as soon as another one is done. */
  readonly callsPerSecond: number | null;
  /** Content chunks of a stream; 1 where there is none. */
  readonly chunks: number;
  /** Content chunks of one stream in a second; null: as fast as they are taken. */
  readonly chunksPerSecond: number | null;
  /** How much each subject gets in a round of the warm-up, so that its code is compiled, as a multiple of a run. */
  readonly warmUpRuns: number;
  /** How often each subject gets it in a round, in turn: a short run needs more of them for a median that can be trusted. */
  readonly runsPerRound: number;
}

/** How much is done: enough for steady figures, or as little as shows that all of it works. */
export interface WorkSizes {
  /** Whether it is so little that the figures are no measurement. */
  readonly isQuick: boolean;
  /** Calls of a run of the unary works. */
  readonly unaryCalls: number;
  /** Calls of a run whose prompt is a page. */
  readonly pageCalls: number;
  /** Calls of a run whose prompt is a long document. */
  readonly documentCalls: number;
  /** Streams at once. */
  readonly streams: number;
  /** Content chunks of a stream at 100 a second. */
  readonly pacedChunks: number;
  /** Content chunks of a stream as fast as they are taken. */
  readonly fastChunks: number;
  /** Calls of a run at the fixed rate. */
  readonly latencyCalls: number;
  /** Idle streams at once, each number after the other; none: no idle streams are measured. */
  readonly idleStreams: readonly number[];
  /** Streams whose callers are killed. */
  readonly killedStreams: number;
  /** How long idle streams may take to begin, and to end, in milliseconds. */
  readonly idleLimitMs: number;
  /** How long a subject rests after its last idle stream, see `IdlePlan.restMs`. */
  readonly idleRestMs: number;
  /** How long a subject rests after its start before its memory is looked at, in milliseconds. */
  readonly restMs: number;
}
