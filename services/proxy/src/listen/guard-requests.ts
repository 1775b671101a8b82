import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Answers a request of HTTP/1.1. */
export type Http1Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * How many requests of an HTTP/1.1 connection may wait for the one before them. Each is held as objects many times its
 * size; a caller whose connection closes has to send again what was not answered (RFC 9112, section 9.3.2).
 */
const maxPipelined = 100;

/**
 * What Node tells of a request of HTTP/1.1, which begins on its turn. Node gives requests that are sent back to back at once,
 * and their responses get the socket one after the other. A response that has none yet says nothing when the connection closes on
 * Node 20, so that its call would run on, and be counted, for ever.
 */
export function guardRequests(listener: Http1Listener): Http1Listener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
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
  };
}
