import { setImmediate as turn } from "node:timers/promises";
import { callerGone } from "./caller-gone.js";
import type { HttpRequest } from "./respond.js";

/**
 * The bytes of a request's body as they come.
 *
 * @throws ConnectError canceled where the caller resets its HTTP/2 stream before the end; whatever Node throws, as it does
 * of HTTP/1.1
 */
export async function* requestBody(request: HttpRequest): AsyncGenerator<Uint8Array> {
  // Leaving the request's own iterator early would destroy the socket, and with it the answer that says why.
  yield* request.iterator({ destroyOnReturn: false });
  if (!("stream" in request)) return;
  const { stream } = request;
  // Node ends what is read of a stream that is reset as it does a whole one, and only then tells of the reset. The caller's
  // side being open still does not tell the two apart: so it is, for the moment, where an empty frame ends the body.
  if (stream.state.remoteClose === 0) await turn();
  if (stream.aborted) throw callerGone();
}
