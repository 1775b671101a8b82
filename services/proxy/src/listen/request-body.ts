import { setImmediate as turn } from "node:timers/promises";
import { callerGone } from "./caller-gone.js";
import type { HttpRequest } from "./respond.js";

/** What was read of a body already. */
export interface BegunBody {
  readonly chunks: readonly Uint8Array[];
  readonly isWhole: boolean;
  /** How long that took, in milliseconds. */
  readonly waitedMs: number;
}

/** Of a body of which nothing was read yet. */
export const unreadBody: BegunBody = { chunks: [], isWhole: false, waitedMs: 0 };

/**
 * The bytes of a request's body as they come, after what was read of it already.
 *
 * @throws ConnectError canceled where the caller resets its HTTP/2 stream before the end; whatever Node throws, as it does
 * of HTTP/1.1
 */
export async function* requestBody(
  request: HttpRequest,
  { chunks, isWhole }: BegunBody = unreadBody,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if ("body" in request) {
    if (chunks.length === 0) yield request.body;
    return;
  }
  // Leaving the request's own iterator early would destroy the socket, and with it the answer that says why.
  if (!isWhole && !request.readableEnded) yield* request.iterator({ destroyOnReturn: false });
  if (await wasReset(request)) throw callerGone();
}

/** Whether what was read to its end has ended so because its caller has reset its HTTP/2 stream. */
export async function wasReset(request: HttpRequest): Promise<boolean> {
  if (!("stream" in request)) return false;
  const { stream } = request;
  // Node ends what is read of a stream that is reset as it does a whole one, and only then tells of the reset. The caller's
  // side being open still does not tell the two apart: so it is, for the moment, where an empty frame ends the body.
  if (stream.state.remoteClose === 0) await turn();
  return stream.aborted;
}
