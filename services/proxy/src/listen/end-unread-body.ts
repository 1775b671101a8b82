import { constants, type ServerHttp2Stream } from "node:http2";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const unreadBodyMs = 2_000;

/**
 * Ends the rest of a body that was answered before it was read: reads it away for a while, so that the caller gets to see
 * the answer, and then ends the caller's side, an HTTP/2 stream by a reset (RFC 9113, section 8.1) and an HTTP/1.1
 * connection by closing it. An HTTP/2 stream that is reset with its body unread stops its whole connection from being read.
 */
export function endUnreadBody(request: HttpRequest, response: HttpResponse): void {
  const isRead = () => request.readableEnded || request.destroyed;
  const readAway = (end: () => void) => {
    if (isRead()) return;
    request.resume();
    const timer = setTimeout(end, unreadBodyMs);
    request.once("close", () => clearTimeout(timer));
  };
  if ("stream" in response) {
    const { stream } = response;
    whenAnswered(stream, isRead, () => readAway(() => stream.close(constants.NGHTTP2_NO_ERROR)));
    return;
  }
  response.on("finish", () => {
    if (!isRead()) setImmediate(() => readAway(() => request.socket.destroy()));
  });
}

/**
 * Once the last frame of an answer is on its way. Not when the compatibility layer says that the response has finished:
 * that is when the stream is closed. Nor when the stream says it of its body: the trailers come after that, and with them
 * the status of gRPC. Never where `isNeedless` says so at the moment.
 */
function whenAnswered(stream: ServerHttp2Stream, isNeedless: () => boolean, callback: () => void): void {
  // The layer sends the trailers from its own listener, which is the first.
  stream.on("wantTrailers", () => {
    if (!isNeedless()) setImmediate(callback);
  });
  stream.on("finish", () => {
    if (isNeedless()) return;
    setImmediate(() => {
      if (!stream.destroyed && stream.state.localClose === 1) callback();
    });
  });
}
