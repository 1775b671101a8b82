import type { OutgoingHttpHeaders } from "node:http";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { HttpResponse } from "./respond.js";
import { whenTaken } from "./when-taken.js";

/**
 * How much of an answer is on its way to a caller that does not take it, in bytes; as much again is collected to follow.
 * Connect's own writer leaves that to Node, which holds 64 KiB, in messages of mostly 100 bytes with a kilobyte of objects
 * around each.
 */
const maxBatchBytes = 16_384;

/** The headers of an answer. */
type HeaderPairs = Iterable<readonly [name: string, value: string]>;

/** An answer to send: one of Connect's, or one whose headers are in any other list of pairs. */
export interface Answer extends Pick<UniversalServerResponse, "status" | "body"> {
  readonly header?: HeaderPairs;
  readonly trailer?: HeaderPairs;
}

/**
 * Sends an answer. What becomes ready in one turn of the event loop leaves in one write at the end of the turn. The
 * answer is read on only as the caller takes it.
 *
 * @throws ConnectError canceled where the caller is gone or takes nothing any more; whatever the answer's body throws
 */
export async function writeAnswer({ body, status, header, trailer }: Answer, response: HttpResponse): Promise<void> {
  const iterator = body?.[Symbol.asyncIterator]();
  const batches = createBatches(response);
  // What fails is told by the callbacks of the writes, too.
  response.on("error", () => {});
  try {
    let next = await iterator?.next();
    // After the first message: until then handlers may still set headers.
    response.writeHead(status, nodeHeaders(header));
    for (; iterator !== undefined && next?.done === false; next = await iterator.next()) await batches.add(next.value);
    const rest = await batches.rest();
    if (trailer !== undefined) response.addTrailers(nodeHeaders(trailer));
    await whenTaken(response, (taken) => response.end(rest, taken));
  } catch (error) {
    iterator?.throw?.(error).catch(() => {});
    throw error;
  } finally {
    iterator?.return?.().catch(() => {});
  }
}

/** Collects messages, and writes one batch of them at a time. */
function createBatches(response: HttpResponse) {
  let batch: Uint8Array = noBytes;
  let batchBytes = 0;
  let writing: Promise<void> | undefined;
  let isFlushDue = false;

  /** Writes what was collected, unless a batch is on its way: then it follows. */
  const writeNext = () => {
    isFlushDue = false;
    if (writing !== undefined || batchBytes === 0) return;
    const bytes = batch.subarray(0, batchBytes);
    batch = noBytes;
    batchBytes = 0;
    writing = writePieces(response, bytes).then(() => {
      writing = undefined;
      writeNext();
    });
    // Whoever waits for the next batch learns of it; in between nobody may.
    writing.catch(() => {});
  };

  /** Waits until what was collected is on its way. */
  const makeRoom = async () => {
    await writing;
    writeNext();
  };

  return {
    /** Resolves when more may come. */
    async add(message: Uint8Array): Promise<void> {
      // What would not fit begins the next batch, so that none is larger than its share or its one message.
      if (batchBytes + message.byteLength > maxBatchBytes) await makeRoom();
      // Messages are copied into one buffer: as many small ones are five times as large. The first may well be alone.
      const neededBytes = batchBytes + message.byteLength;
      if (batchBytes === 0) batch = message;
      else {
        if (batch.byteLength < neededBytes)
          batch = enlarged(batch, batchBytes, Math.min(neededBytes * 2, maxBatchBytes));
        batch.set(message, batchBytes);
      }
      batchBytes = neededBytes;
      if (batchBytes >= maxBatchBytes) await makeRoom();
      else if (!isFlushDue) {
        isFlushDue = true;
        // Runs when nothing is left to do before the next event of input or time.
        process.nextTick(writeNext);
      }
    },
    /** What is not on its way yet, for the last write; resolves when all before it was taken. */
    async rest(): Promise<Uint8Array> {
      if (batchBytes > maxBatchBytes) writeNext();
      while (writing !== undefined) await writing;
      const bytes = batch.subarray(0, batchBytes);
      batchBytes = 0;
      return bytes;
    },
  };
}

const noBytes = new Uint8Array(0);

function enlarged(bytes: Uint8Array, usedBytes: number, newBytes: number): Uint8Array {
  const larger = Buffer.allocUnsafeSlow(newBytes);
  larger.set(bytes.subarray(0, usedBytes));
  return larger;
}

/** In pieces, so that a caller that takes a large message slowly is seen to take it. */
async function writePieces(response: HttpResponse, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += maxBatchBytes * 4) {
    const piece = bytes.subarray(at, at + maxBatchBytes * 4);
    await whenTaken(response, (taken) => response.write(piece, taken));
  }
}

function nodeHeaders(headers: HeaderPairs | undefined): OutgoingHttpHeaders {
  return Object.fromEntries(headers ?? []);
}
