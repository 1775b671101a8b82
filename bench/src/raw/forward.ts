import type { Writable } from "node:stream";

/** The caller's side of a call, over HTTP/1.1 or HTTP/2. */
export interface Sink {
  /** Sends the head. */
  begin(status: number, contentType: string): void;
  readonly body: Writable;
}

/** Takes a whole request body and answers on the sink. */
export type Forward = (body: Buffer, sink: Sink) => void;

/** Where chat completions are at a relay. */
export const relayPath = "/v1/chat/completions";
