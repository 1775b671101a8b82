import type { TraceContext } from "@meridian/core";

const versionZero = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Of a later version what is known stands in front. */
const laterVersion = /^(?!00|ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x20-\x7e]*)?$/;
const stateText = /^[\t\x20-\x7e]+$/;

/** What a tracestate must be let through with; longer ones may be dropped. */
const maxStateLength = 512;
const maxParentLength = 256;

/**
 * The trace context of a request, as it came; undefined where there is none or it is malformed. A malformed or overlong
 * `tracestate` is left out.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceContextFrom(header: Pick<Headers, "get">): TraceContext | undefined {
  const traceparent = header.get("traceparent");
  if (traceparent === null || traceparent.length > maxParentLength) return undefined;
  if (!versionZero.test(traceparent) && !laterVersion.test(traceparent)) return undefined;
  const state = header.get("tracestate") ?? "";
  const isFit = state.length <= maxStateLength && stateText.test(state);
  return { traceparent, tracestate: isFit ? state : undefined };
}
