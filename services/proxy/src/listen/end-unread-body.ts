import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { errorCode } from "./http2/protocol.js";
import { StreamResponse } from "./http2/stream-response.js";
import type { HttpResponse } from "./respond.js";
import { UsualResponse } from "./usual-exchange.js";

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const unreadBodyMs = 2_000;

/**
 * Ends the rest of a body that was answered before it was read: reads it away for a while, so that the caller gets to see
 * the answer, and then ends the caller's side, an HTTP/2 stream by a reset (RFC 9113, section 8.1) and an HTTP/1.1
 * connection by closing it. An HTTP/2 stream that is reset with its body unread stops its whole connection from being read.
 */
export function endUnreadBody(response: HttpResponse): void {
  if ("stream" in response) {
    // Once the last frame of an answer is on its way, which the stream tells of its body: its trailers come after that, and with
    // them the status of gRPC.
    response.stream.on("wantTrailers", onTrailers).on("finish", onFinish);
    return;
  }
  // What comes whole is read, and a stream of our own does this itself.
  if (response instanceof UsualResponse || response instanceof StreamResponse) return;
  const message = "message" in response ? response.message : response;
  message.on("finish", onAnswered);
}

// Not closures: each call would hold its own.

function onAnswered(this: ServerResponse): void {
  const { req: request } = this;
  if (!isRead(request)) setImmediate(() => readAway(request, () => request.socket.destroy()));
}

function onTrailers(this: ServerHttp2Stream): void {
  if (!isRead(this)) setImmediate(endStream, this);
}

function onFinish(this: ServerHttp2Stream): void {
  if (!isRead(this)) setImmediate(endAnswered, this);
}

/** A stream that is closed on both sides has no state any more, and ends once what came of its body is read. */
function endAnswered(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && (stream.closed || stream.state.localClose === 1)) endStream(stream);
}

/** Reads away what comes of a stream's body for a while, and then ends the stream. */
export function endStream(stream: ServerHttp2Stream): void {
  readAway(stream, () => stream.close(errorCode.noError));
}

function isRead(body: IncomingMessage | ServerHttp2Stream): boolean {
  return body.readableEnded || body.destroyed;
}

function readAway(body: IncomingMessage | ServerHttp2Stream, end: () => void): void {
  if (isRead(body)) return;
  body.resume();
  const timer = setTimeout(end, unreadBodyMs);
  body.once("close", () => clearTimeout(timer));
}
