/**
 * A place in a trace, as the headers of W3C Trace Context say it.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export interface TraceContext {
  /** Names the trace and the span that what follows belongs to. */
  readonly traceparent: string;
  /** What tracing systems add of their own; undefined: nothing. */
  readonly tracestate: string | undefined;
}
