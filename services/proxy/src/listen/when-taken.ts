import { Code, ConnectError } from "@connectrpc/connect";
import type { HttpResponse } from "./respond.js";

/** How long a caller may take nothing of what waits for it, in milliseconds. As patient as nginx (`send_timeout`). */
export const stallMs = 60_000;

/**
 * Waits until a caller has taken what `send` hands to its response. A caller that takes nothing for a minute loses its
 * HTTP/2 stream or its HTTP/1.1 connection: nothing else would ever end it, as the call's own limits end only the call.
 *
 * @param limitMs instead of the minute
 * @throws ConnectError canceled where the caller is gone, or does not take it in time
 */
export function whenTaken(
  response: HttpResponse,
  send: (taken: (error?: Error | null) => void) => unknown,
  limitMs: number = stallMs,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (response.destroyed) {
      // Closing is said once, and HTTP/2 says nothing of an end that comes after it.
      reject(new ConnectError("the caller is gone", Code.Canceled));
      return;
    }
    const end = (error?: unknown) => {
      clearTimeout(timer);
      response.off("close", onClose);
      if (error instanceof Error) reject(new ConnectError("the caller takes no more", Code.Canceled, {}, [], error));
      else resolve();
    };
    const onClose = () => end(new Error("the response is closed"));
    const timer = setTimeout(() => response.destroy(), limitMs);
    response.once("close", onClose);
    send(end);
  });
}
