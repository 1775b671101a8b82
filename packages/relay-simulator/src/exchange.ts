import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenCall } from "./call-log.js";

/** A request with its answer under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: OpenCall;
  /** Aborts when the connection is gone before the answer has ended. */
  readonly signal: AbortSignal;
  /** To be called after a change of the record. */
  readonly changed: () => void;
}

/** Headers of an answer. */
export type Headers = Readonly<Record<string, string | number>>;

/** Starts an answer: status and headers, which leave with the first bytes of the body. */
export function writeHead({ response, call, changed }: Exchange, status: number, headers: Headers): void {
  call.status = status;
  response.writeHead(status, { ...headers });
  changed();
}

/** Writes text; where the client does not keep up, gives a promise that waits for it and rejects when it leaves. */
export function write({ response, signal }: Exchange, text: string): Promise<unknown> | undefined {
  return response.write(text) ? undefined : once(response, "drain", { signal });
}

/** Sends a whole answer with its length. */
export function sendWhole(exchange: Exchange, status: number, headers: Headers, body: string): void {
  writeHead(exchange, status, { ...headers, "content-length": Buffer.byteLength(body) });
  exchange.response.end(body);
}

/** Sends a whole answer of JSON. */
export function sendJson(exchange: Exchange, status: number, value: object, headers: Headers = {}): void {
  sendWhole(exchange, status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
}

/** Breaks the connection after what has been written is out, leaving the answer without its end. */
export async function cut(exchange: Exchange): Promise<void> {
  const { response, call, signal } = exchange;
  // The callback of an empty write comes after all that was written before.
  await new Promise((resolve) => {
    response.write("", resolve);
    signal.addEventListener("abort", resolve, { once: true });
  });
  if (call.outcome === "open") {
    call.outcome = "cut";
    response.destroy();
  }
}

/** Resets the connection at once. */
export function reset({ request, call }: Exchange): void {
  call.outcome = "cut";
  request.socket.resetAndDestroy();
}

/** Waits until the client goes away. Always rejects. */
export function untilClientLeaves({ signal }: Exchange): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
    }
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
