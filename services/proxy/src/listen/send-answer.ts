import type { OutgoingHttpHeaders } from "node:http";
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
  response.writeHead(status, headers);
  if (trailers !== undefined) response.addTrailers(trailers);
  response.end(body);
  // Mostly the system has room for it, and there is nothing to wait for.
  if (response.destroyed || ("isTaken" in response && response.isTaken)) return;
  const timer = setTimeout(() => response.destroy(), stallMs);
  response.once("close", () => clearTimeout(timer));
}
