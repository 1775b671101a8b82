import { UpstreamError } from "@meridian/core";
import type { BodySink, Exchange } from "./exchange.js";
import { malformed } from "./parse-answer.js";

/** What is done with a body, or with what became of it. */
export interface TextUse {
  readonly status: number;
  readonly maxBytes: number;
  /** Gets the whole body. What it throws is a failure. */
  readonly take: (text: string) => void;
  /** Gets an `UpstreamError`, or the reason of the signal. */
  readonly fail: (error: unknown) => void;
}

/** Collects a body as text. */
export function textSink(exchange: Exchange, { status, maxBytes, take, fail }: TextUse): BodySink {
  const pieces: Uint8Array[] = [];
  let length = 0;
  return {
    data(bytes) {
      length += bytes.byteLength;
      // Bytes of their own: Buffer.from would take them from a pool, of which one small piece keeps 64 KiB.
      pieces.push(new Uint8Array(bytes));
      if (length <= maxBytes) return;
      exchange.close();
      fail(malformed(status, `the body is longer than ${maxBytes} bytes`));
    },
    end() {
      try {
        take(textOf(pieces, length));
      } catch (error) {
        fail(error);
      }
    },
    cut: (cause) => fail(new UpstreamError({ kind: "stream_truncated", deltas: 0 }, { cause })),
    stop: fail,
  };
}

function textOf(pieces: readonly Uint8Array[], length: number): string {
  const [first] = pieces;
  const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** How long a refusal's body may take, in milliseconds: its status matters more. */
const brieflyMs = 1_000;
/** What is read of it. */
const maxRefusalBytes = 64 * 1024;

/** Collects what a refusal's body says as far as it comes soon, and nothing where it does not. `stop` gets a reason. */
export function refusalSink(
  exchange: Exchange,
  take: (text: string) => void,
  stop: (reason: unknown) => void,
): BodySink {
  const done = (text: string) => {
    clearTimeout(timer);
    take(text);
  };
  const nothing = () => done("");
  const timer = setTimeout(() => {
    exchange.close();
    take("");
  }, brieflyMs);
  const sink = textSink(exchange, { status: 0, maxBytes: maxRefusalBytes, take: done, fail: nothing });
  return {
    ...sink,
    stop(reason) {
      clearTimeout(timer);
      stop(reason);
    },
  };
}
