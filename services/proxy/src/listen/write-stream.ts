import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import type { CallReport } from "../interceptors/call-report.js";
import type { StreamEnd, StreamWriter } from "./stream-writer.js";

/** How a protocol tells a streamed answer. */
export interface StreamForm<Batch> {
  /** The headers of the answer, but for those that the response has already. */
  headers(): OutgoingHttpHeaders;
  /** The bytes of what came together. None: nothing is told of it. */
  encode(batch: Batch): Uint8Array;
  /** What an answer ends with that has begun; `error` is why it failed. Default: it did not. */
  end(error?: ConnectError): StreamEnd;
  /** Answers a call that failed before its answer began. */
  refuse(error: ConnectError): void;
}

/**
 * Tells a streamed answer, batch by batch, each in one write and read on only as the caller takes it; then reports its end. Whatever
 * fails is its answer, or the end of it: it never rejects.
 */
export async function writeStream<Batch>(
  batches: AsyncGenerator<Batch, void, undefined>,
  form: StreamForm<Batch>,
  writer: StreamWriter,
  report: Pick<CallReport, "succeed" | "fail">,
): Promise<void> {
  try {
    try {
      for (let next = await batches.next(); next.done !== true; ) {
        const bytes = form.encode(next.value);
        const room = bytes.length === 0 ? undefined : write(bytes, form, writer);
        const following = batches.next();
        // The call may end before there is room for more: one whose caller takes nothing fails by its deadline.
        if (room !== undefined) await Promise.race([room, failureOf(following)]);
        next = await following;
      }
    } finally {
      // Where the caller has gone in the middle. Awaited, so that the attempt has ended before the call is recorded.
      await batches.return();
    }
  } catch (error) {
    failStream(report.fail(error), form, writer);
    return;
  }
  report.succeed();
  if (!writer.hasBegun) writer.begin(form.headers());
  writer.end(form.end());
}

/** Tells that a call has failed, as its answer or as the end of it. */
export function failStream(error: ConnectError, form: StreamForm<never>, writer: StreamWriter): void {
  if (writer.hasBegun) writer.end(form.end(error));
  else form.refuse(error);
}

function write(bytes: Uint8Array, form: StreamForm<never>, writer: StreamWriter): Promise<void> | undefined {
  if (!writer.hasBegun) writer.begin(form.headers());
  return writer.write(bytes);
}

/** Rejects where it does, and is else never settled. */
function failureOf(promise: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    promise.catch(reject);
  });
}
