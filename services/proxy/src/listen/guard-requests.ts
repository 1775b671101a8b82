import type { Socket } from "node:net";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";

type Listener = (request: HttpRequest, response: HttpResponse) => void;

/**
 * How many requests of an HTTP/1.1 connection may wait for the one before them. Each is held as objects many times its
 * size; a caller whose connection closes has to send again what was not answered (RFC 9112, section 9.3.2).
 */
const maxPipelined = 100;

/**
 * The same listener, but a request begins only when it is worth a call.
 *
 * One of HTTP/1.1 begins on its turn. Node gives requests that are sent back to back at once, and their responses get the
 * socket one after the other. A response that has none yet says nothing when the connection closes on Node 20, so
 * that its call would run on, and be counted, for ever.
 *
 * An HTTP/2 stream begins only after all was read that has come with its headers. A flood resets its streams in the same
 * breath, and to begin a call and cancel it costs as much as a call: more than the limit of resets could stop. Headers are
 * measured here, too: nghttp2 does so only for peers that have agreed to it.
 */
export function guardRequests(listener: Listener, { maxHeaderBytes }: { readonly maxHeaderBytes: number }): Listener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    if (!("stream" in response)) {
      if (response.socket !== null) {
        listener(request, response);
        return;
      }
      const { socket } = request;
      const count = (waiting.get(socket) ?? 0) + 1;
      waiting.set(socket, count);
      if (count > maxPipelined) socket.destroy();
      response.once("socket", () => {
        waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
        if (!socket.destroyed) listener(request, response);
      });
      return;
    }
    const { stream } = response;
    setImmediate(() => {
      if (stream.closed || stream.destroyed) stream.destroy();
      else if (headerBytes(request) > maxHeaderBytes) respond(response, 431);
      else listener(request, response);
    });
  };
}

function headerBytes({ rawHeaders }: HttpRequest): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, 0);
}
