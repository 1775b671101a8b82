import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { endStream } from "./end-unread-body.js";
import { Http2Request, Http2Response } from "./http2-exchange.js";
import { requestRefusalOf } from "./request-refusal.js";

/** Answers a stream of HTTP/2, with what Node tells of it. */
export type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
) => void;

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

function lengthOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, 0);
}

const noop = () => {};
