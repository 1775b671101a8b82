import { constants, type ServerHttp2Stream } from "node:http2";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const unreadBodyMs = 2_000;

/**
 * Ends the rest of a body that was answered before it was read. An HTTP/2 stream stays open on the server until its
 * caller has sent it all: it is reset, as RFC 9113, section 8.1 has it. Over HTTP/1.1 the rest is read away for a while, so
 * that the caller gets to see the answer, and then the connection is closed.
 */
export function endUnreadBody(request: HttpRequest, response: HttpResponse): void {
  const isUnread = () => !request.readableEnded && !request.destroyed;
  if ("stream" in response) {
    whenAnswered(response.stream, () => {
      if (isUnread()) response.stream.close(constants.NGHTTP2_NO_ERROR);
    });
    return;
  }
  response.once("finish", () => {
    setImmediate(() => {
      if (!isUnread()) return;
      request.resume();
      const timer = setTimeout(() => request.socket.destroy(), unreadBodyMs);
      request.once("close", () => clearTimeout(timer));
    });
  });
}

/**
 * Once the last frame of an answer is on its way. Not when the compatibility layer says that the response has finished:
 * that is when the stream is closed. Nor when the stream says it of its body: the trailers come after that, and with them
 * the status of gRPC.
 */
function whenAnswered(stream: ServerHttp2Stream, callback: () => void): void {
  // The layer sends the trailers from its own listener, which is the first.
  stream.once("wantTrailers", () => setImmediate(callback));
  stream.once("finish", () => {
    setImmediate(() => {
      if (!stream.destroyed && stream.state.localClose === 1) callback();
    });
  });
}
