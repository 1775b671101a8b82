import type { OutgoingHttpHeaders } from "node:http";
import { Http2ServerResponse } from "node:http2";
import type { HttpResponse } from "./respond.js";
import { stallMs } from "./when-taken.js";

/** A whole answer. The response has its other headers already. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Default: none. */
  readonly body?: Uint8Array;
  /** Default: none. */
  readonly trailers?: OutgoingHttpHeaders;
}

/**
 * Sends a whole answer in one write. A caller that takes nothing of it for a minute loses its HTTP/2 stream or its HTTP/1.1
 * connection.
 */
export function sendAnswer(response: HttpResponse, { status, headers, body, trailers }: WholeAnswer): void {
  if (response.destroyed) return;
  // Says nothing more than its "close" does.
  response.on("error", () => {});
  const timer = setTimeout(() => response.destroy(), stallMs);
  response.once("close", () => clearTimeout(timer));
  // Both classes have the same methods, with overloads that TypeScript cannot unite.
  if (response instanceof Http2ServerResponse) {
    response.writeHead(status, headers);
    if (trailers !== undefined) response.addTrailers(trailers);
    if (body === undefined) response.end();
    else response.end(body);
  } else {
    response.writeHead(status, headers);
    response.end(body);
  }
}
