import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { expect } from "vitest";

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;
/** The body of a unary answer. */
export const answer: string = JSON.stringify({ choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] });
/** An event of a stream with content, */
export const textEvent = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n';
/** one that ends the only choice, */
export const endEvent = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
/** and the last one. */
export const doneEvent = "data: [DONE]\n\n";
/** What `textEvent` says. */
export const delta = { type: "text-delta", choice: 0, text: "Hi", logprobs: [] } as const;
/** What `endEvent` says. */
export const end = { type: "choice-end", choice: 0, finishReason: "stop" } as const;

/** What a promise rejects with; undefined where it does not. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Matches an `UpstreamError` with this failure. */
export function failing(failure: object): unknown {
  return expect.objectContaining({ name: "UpstreamError", failure });
}

/** Sends the headers of a stream. */
export function startStream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "text/event-stream" });
}

/** Writes for ever, as fast as the other side reads. */
export function writeEndlessly(response: ServerResponse, piece: string): void {
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", more);
  more();
}

/** Waits for the server's end of a connection to close: hangs where the relay leaves it open. */
export async function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) throw new Error("no connection was made");
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

/** The same, and not by the timer that lets go of forgotten bodies after a second. */
export async function expectClosedAtOnce(socket: Socket | undefined): Promise<void> {
  const startMs = performance.now();
  await closed(socket);
  expect(performance.now() - startMs).toBeLessThan(900);
}
