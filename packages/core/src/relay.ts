import type { Answer, AnswerEvent } from "./answer.js";
import type { Deployment } from "./deployment.js";
import type { JsonObject } from "./json.js";
import type { StopSignal } from "./stop-signal.js";
import type { TraceContext } from "./trace-context.js";

/** One attempt's request, before it has a wire form. */
export interface RelayRequest {
  readonly deployment: Deployment;
  /** As `ChatCall.body`: all that the caller set. */
  readonly body: JsonObject;
  /** Set where the caller set none. */
  readonly temperature: number;
  /** Set where the caller set none, by either name. */
  readonly maxTokens: number;
  /** For `x-edge-region`. */
  readonly country: string;
  /** For `x-original-forwarded-for`; undefined: the header is left out. */
  readonly clientAddress: string | undefined;
  /** For `x-request-id`. */
  readonly requestId: string;
  /** Whether the answer is wanted in the relay's own JSON, too. Default false. */
  readonly keepsSource?: boolean;
  /** For `traceparent` and `tracestate`; undefined: the headers are left out. */
  readonly traceContext?: TraceContext | undefined;
}

/** A streamed answer whose headers have arrived. */
export interface RelayStream {
  readonly status: number;
  /**
   * The events, read as fast as they are asked for: those that came together in one batch, which is never empty. Ends only
   * after a proper end of the answer; rejects with an `UpstreamError` otherwise, or with the reason of the signal.
   * `return()` closes the relay's socket.
   */
  readonly events: AsyncIterable<readonly AnswerEvent[]>;
}

/** What dispatch needs of a relay: one attempt, no retries. An aborted signal closes the socket at once. */
export interface Relay {
  /** Asks for a whole answer. Rejects with an `UpstreamError`, or with the reason of the signal. */
  complete(request: RelayRequest, signal: StopSignal): Promise<Answer>;
  /** Asks for a stream and waits for its headers. Rejects with an `UpstreamError`, or with the reason of the signal. */
  stream(request: RelayRequest, signal: StopSignal): Promise<RelayStream>;
}
