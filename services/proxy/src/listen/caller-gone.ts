import { Http2ServerResponse } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { HttpResponse } from "./respond.js";

/** The error of a call whose caller went away. */
export function callerGone(cause?: unknown): ConnectError {
  return new ConnectError("the caller went away", Code.Canceled, undefined, undefined, cause);
}

/** Whether all of an answer has been written, so that its closing says nothing of the caller. */
export function isSentWhole(response: HttpResponse): boolean {
  return response instanceof Http2ServerResponse ? response.stream.writableFinished : response.writableFinished;
}

/**
 * Aborts with a signal of Connect's that ends with the request. Connect gives the error that a caller names when it resets
 * its stream as the reason, but that says nothing of the call: whatever it names, it has gone.
 */
export function callerSignal(ended: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onEnd = () => controller.abort(ended.reason instanceof ConnectError ? callerGone(ended.reason) : ended.reason);
  ended.addEventListener("abort", onEnd, { once: true });
  return controller.signal;
}
