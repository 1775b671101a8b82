import { UpstreamError } from "@meridian/core";
import { atEndOfTurn } from "./at-end-of-turn.js";
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

/** Collects a body as text, which is used at the end of the turn that the body ended in. */
export function textSink(exchange: Exchange, { status, maxBytes, take, fail }: TextUse): BodySink {
  let text = "";
  /** What came since a piece last ended in ASCII: a character may go on in the next piece. */
  let held: Uint8Array[] = [];
  let length = 0;
  const finish = () => {
    try {
      take(held.length === 0 ? text : text + Buffer.concat(held).toString("utf8"));
    } catch (error) {
      fail(error);
    }
  };
  return {
    data(bytes) {
      length += bytes.byteLength;
      if (length > maxBytes) {
        exchange.close();
        fail(malformed(status, `the body is longer than ${maxBytes} bytes`));
      } else if ((bytes[bytes.byteLength - 1] ?? 0) > maxAscii) {
        // Bytes of their own: Buffer.from would take them from a pool, of which one small piece keeps 64 KiB.
        held.push(new Uint8Array(bytes));
      } else {
        text += (held.length === 0 ? bytes : Buffer.concat([...held, bytes])).toString("utf8");
        held = [];
      }
    },
    // The answers that come in one turn are read one right after the other: the code finds the CPU's caches warm.
    end: () => atEndOfTurn(finish),
    cut: (cause) => fail(new UpstreamError({ kind: "stream_truncated", deltas: 0 }, { cause })),
    stop: fail,
  };
}

const maxAscii = 0x7f;

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
