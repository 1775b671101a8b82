import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock, StopSignal } from "@meridian/core";
import { refusedError, requestTooLargeError } from "../errors/to-connect-error.js";

/** What a body may take. */
export interface BodyLimits {
  /** What the caller says that it will be, in bytes; null where it says nothing. */
  readonly declaredLength: string | null;
  readonly maxBytes: number;
  /** How long the whole body may take to come, in milliseconds; undefined: as long as the call lives. */
  readonly maxMs: number | undefined;
  /** How much of that is over already. Default 0. */
  readonly waitedMs?: number;
  readonly clock: Pick<Clock, "schedule">;
  /** Aborts when the call ends, its deadline included; undefined where nobody knows. Asked once reading begins. */
  readonly signal: () => StopSignal | undefined;
}

/**
 * The bytes of a request's body, up to its limits.
 *
 * @throws ConnectError resource_exhausted above the limit of size, from the declared length before a byte is read;
 * deadline_exceeded when the body takes too long; the signal's reason
 */
export async function* limitBody(bytes: AsyncIterable<Uint8Array>, limits: BodyLimits): AsyncGenerator<Uint8Array> {
  const { declaredLength, maxBytes } = limits;
  if (Number(declaredLength ?? 0) > maxBytes) throw requestTooLargeError(maxBytes);
  const iterator = bytes[Symbol.asyncIterator]();
  const { ended, release } = whenEnded(limits);
  let length = 0;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), ended]);
      if (next.done === true) return;
      length += next.value.byteLength;
      if (length > maxBytes) throw requestTooLargeError(maxBytes);
      yield next.value;
    }
  } finally {
    release();
    // Not awaited: it waits for a read that is pending, and that may never come back.
    iterator.return?.()?.catch(() => {});
  }
}

/** A promise that rejects when reading has to end. */
function whenEnded({ signal: signalOf, maxMs, waitedMs = 0, clock }: BodyLimits) {
  const signal = signalOf();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  // It may reject while the consumer holds a chunk and nobody waits.
  ended.catch(() => {});
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const cancelLimit =
    maxMs === undefined ? () => {} : clock.schedule(Math.max(0, maxMs - waitedMs), () => reject(tooSlow(maxMs)));
  const release = () => {
    cancelLimit();
    signal?.removeEventListener("abort", onAbort);
  };
  return { ended, release };
}

/** The error of a body that has not come whole in time. */
export function tooSlow(maxMs: number): ConnectError {
  const message = `the request did not arrive whole within ${maxMs} ms`;
  return refusedError(new ConnectError(message, Code.DeadlineExceeded), "deadline_exceeded");
}
