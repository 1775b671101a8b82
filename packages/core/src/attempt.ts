import type { Provenance, Usage } from "./answer.js";
import type { Deployment } from "./deployment.js";
import type { CallEndKind, UpstreamFailure } from "./failure.js";
import type { TraceContext } from "./trace-context.js";

/** How a relay is asked. */
export type Transport = "unary" | "stream";

/** How an attempt ended: "ok", a failure of the relay, the end of the call around it, or a fault of our own. */
export type AttemptOutcome = "ok" | UpstreamFailure["kind"] | CallEndKind | "internal";

/** One call to a relay, as it is reported. */
export interface Attempt {
  readonly deployment: Deployment;
  readonly transport: Transport;
  readonly outcome: AttemptOutcome;
  /** The relay's HTTP status; 0 where none came. */
  readonly status: number;
  /** Milliseconds after the call began. */
  readonly startMs: number;
  readonly durationMs: number;
  /** From its start to the first content of its stream; undefined where none came, and for a unary attempt. */
  readonly firstContentMs?: number | undefined;
  /** Undefined where nothing was generated. */
  readonly usage: Usage | undefined;
  readonly costNanoUsd: bigint;
  /** "estimated" too where nobody knows what the relay billed: it was asked, and never said what it did. */
  readonly costProvenance: Provenance;
  /** What its relay was told of the trace; undefined: nothing. */
  readonly traceContext?: TraceContext | undefined;
}
