import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { endStream } from "./end-unread-body.js";
import { Http2Request, Http2Response } from "./http2-exchange.js";

/** Answers a request of HTTP/1.1. */
export type Http1Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers a stream of HTTP/2, with what Node tells of it. */
export type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
) => void;

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

/**
 * What Node tells of a stream of HTTP/2, which begins only after all was read that has come with its headers. A flood resets
 * its streams in the same breath, and to begin a call and cancel it costs as much as a call: more than the limit of resets
 * could stop. Headers are measured here, too: nghttp2 does so only for peers that have agreed to it.
 */
export function guardStreams(
  listener: (request: Http2Request, response: Http2Response) => void,
  { maxHeaderBytes }: { readonly maxHeaderBytes: number },
): StreamListener {
  return (stream, headers, _flags, rawHeaders) => {
    // Says nothing more than its "close" does.
    stream.on("error", noop);
    setImmediate(() => {
      if (stream.closed || stream.destroyed) {
        stream.destroy();
        return;
      }
      const refusal =
        lengthOf(rawHeaders) > maxHeaderBytes
          ? constants.HTTP_STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE
          : requestRefusalOf(headers);
      if (refusal !== undefined) {
        stream.respond({ ":status": refusal }, { endStream: true });
        endStream(stream);
        return;
      }
      if (headers.expect !== undefined) stream.additionalHeaders({ ":status": constants.HTTP_STATUS_CONTINUE });
      listener(new Http2Request(stream, headers), new Http2Response(stream));
    });
  };
}

/** The status for what Node does not hand on of HTTP/1.1 either: tunnels, and what a client expects that nobody does. Default: none. */
export function requestRefusalOf(headers: IncomingHttpHeaders): number | undefined {
  if (headers[":method"] === "CONNECT") return constants.HTTP_STATUS_METHOD_NOT_ALLOWED;
  const { expect } = headers;
  return expect === undefined || expect === "100-continue" ? undefined : constants.HTTP_STATUS_EXPECTATION_FAILED;
}

function lengthOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, 0);
}

const noop = () => {};
