import { Stop, type StopSignal } from "@meridian/core";
import { callerGone } from "./caller-gone.js";
import type { HttpResponse } from "./respond.js";

/**
 * Whether all of an answer has been handed over, so that its closing says nothing of the caller. That its stream has finished
 * would not do: Node finishes one of HTTP/2 when the caller resets it.
 */
export function isHandedOver(response: HttpResponse): boolean {
  return response.writableEnded;
}

/** Aborts when the caller goes before all of its answer has been handed over. */
export function callerOf(response: HttpResponse): StopSignal {
  const caller = new Stop();
  response.on("close", () => {
    // After the whole answer nobody listens any more, and an error takes a look at the stack.
    if (!isHandedOver(response)) caller.abort(callerGone());
  });
  return caller;
}
