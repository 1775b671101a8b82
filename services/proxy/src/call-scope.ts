import type { HandlerContext } from "@connectrpc/connect";
import type { StopSignal } from "@meridian/core";
import { type CallContext, callContextKey } from "./call-context.js";

/** What a handler is given of its call, by whichever face of the proxy the call came in. */
export interface CallScope {
  readonly context: CallContext;
  readonly requestHeader: Pick<Headers, "get">;
  readonly responseHeader: Pick<Headers, "set">;
  /** What is left of the caller's deadline, in milliseconds; undefined where the caller has set none. */
  readonly timeoutMs: number | undefined;
  /** Aborts when the caller goes, or its deadline is over. */
  readonly signal: StopSignal;
}

/** The scope of an RPC. */
export function scopeOf(handler: HandlerContext): CallScope {
  const { requestHeader, responseHeader, signal } = handler;
  return {
    context: handler.values.get(callContextKey),
    requestHeader,
    responseHeader,
    timeoutMs: handler.timeoutMs(),
    signal,
  };
}
