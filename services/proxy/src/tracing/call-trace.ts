import type { TraceContext } from "@meridian/core";
import type { StartedAttempt } from "@meridian/dispatch";
import type { CallRecord, SpanIds } from "@meridian/telemetry";
import { traceContextFrom } from "./trace-context.js";

/** A call as its trace begins. */
export interface TracedCall {
  /** The RPC's name, such as "StreamChat". */
  readonly rpc: string;
  /** "connect", "grpc", "grpc-web" or "openai". */
  readonly protocol: string;
  readonly header: Pick<Headers, "get">;
  /** On the process's own clock, in milliseconds. */
  readonly arrivedAtMs: number;
}

/** The trace of one call. */
export interface CallTrace {
  /** The call's own span; undefined where it is not recorded. */
  readonly span: SpanIds | undefined;
  /** An attempt begins. Gives what its relay is told; undefined: nothing. */
  beginAttempt(attempt: StartedAttempt): TraceContext | undefined;
  /** The call has ended, and all its attempts have. */
  end(record: CallRecord): void;
}

/** Begins the trace of a call. Must not throw, and must not wait. */
export type BeginTrace = (call: TracedCall) => CallTrace;

const untraced: CallTrace = { span: undefined, beginAttempt: () => undefined, end() {} };

/** Records nothing. Relays are told of the caller's trace as it came, as W3C Trace Context asks of what is in between. */
export const passTraceOn: BeginTrace = ({ header }) => {
  const context = traceContextFrom(header);
  return context === undefined ? untraced : { ...untraced, beginAttempt: () => context };
};
