import type { Clock } from "@meridian/core";
import type { HttpRequest } from "./respond.js";

/** What came of a body. */
export type ReadBody =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** It is larger than it may be, or did not come whole in time: what has come; the rest can still be read. */
  | { readonly kind: "unfinished"; readonly chunks: readonly Buffer[] }
  /** The caller went away in the middle. */
  | { readonly kind: "gone" };

/** What a body may take. */
export interface ReadLimits {
  readonly maxBytes: number;
  /** How long it may take to come, in milliseconds. */
  readonly maxMs: number;
  readonly clock: Pick<Clock, "schedule">;
}

/** Reads the body of a request, of which nothing was read yet, and says once what came of it. */
export function readBody(request: HttpRequest, limits: ReadLimits, done: (body: ReadBody) => void): void {
  const finishAt = (bytes: Buffer) =>
    done(bytes.byteLength > limits.maxBytes ? { kind: "unfinished", chunks: [bytes] } : { kind: "whole", bytes });
  if ("body" in request) {
    finishAt(request.body);
    return;
  }
  const whole = "takeWhole" in request ? request.takeWhole() : undefined;
  if (whole !== undefined) {
    finishAt(whole);
    return;
  }
  // An HTTP/2 stream that has ended with its headers never says so.
  if (request.readableEnded) {
    done({ kind: "whole", bytes: Buffer.alloc(0) });
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (body: ReadBody) => {
    cancelTimer();
    request.off("data", onData).off("end", onEnd).off("close", onClose);
    done(body);
  };
  const giveUp = () => {
    request.pause();
    finish({ kind: "unfinished", chunks });
  };
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > limits.maxBytes) giveUp();
  };
  const onEnd = () => {
    const [only] = chunks;
    finish({ kind: "whole", bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length) });
  };
  const onClose = () => finish({ kind: "gone" });
  const cancelTimer = limits.clock.schedule(limits.maxMs, giveUp);
  request.on("data", onData).on("end", onEnd).on("close", onClose);
}
