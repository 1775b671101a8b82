import { Worker } from "node:worker_threads";
import { builtFile } from "../edge/built-file.js";
import { LedgerError, openLedgerToWrite } from "./ledger-database.js";
import type { LedgerReply, LedgerRequest } from "./ledger-worker.js";
import type { PackedCalls } from "./packed-calls.js";

/** Where a ledger is written, one write after the other. */
export interface LedgerFile {
  /** Writes calls, and forgets some of those that ended before `keepFromMs`. Rejects where none of them was written. */
  write(calls: PackedCalls, keepFromMs: number): Promise<void>;
  /** Closes it. To be called once no write runs. */
  close(): Promise<void>;
}

/** As it is built: from the sources, too, there is no other that Node could run. */
const workerUrl = builtFile("ledger/ledger-worker.js");

/**
 * Opens a ledger, to be written on a thread of its own, which starts with the first write: it takes 15 MB and the time of a
 * tenth of a start. Throws a `LedgerError` where the file cannot be used.
 */
export function openLedgerThread(file: string): LedgerFile {
  try {
    openLedgerToWrite(file).close();
  } catch (error) {
    throw cannotBeOpened(error);
  }
  let thread: Promise<LedgerFile> | undefined;
  const start = async () => {
    try {
      return await startThread(file);
    } catch (error) {
      // The next write tries again.
      thread = undefined;
      throw error;
    }
  };
  return {
    async write(calls, keepFromMs) {
      thread ??= start();
      await (await thread).write(calls, keepFromMs);
    },
    async close() {
      await (await thread)?.close();
    },
  };
}

async function startThread(file: string): Promise<LedgerFile> {
  const worker = new Worker(workerUrl, { workerData: { file } });
  let reply = Promise.withResolvers<void>();
  let ended: Error | undefined;
  worker.on("message", ({ problem }: LedgerReply) => {
    if (problem === undefined) reply.resolve();
    else reply.reject(new LedgerError(problem));
  });
  const onEnd = (error: Error) => {
    ended ??= error;
    reply.reject(ended);
  };
  worker.on("error", onEnd);
  worker.on("exit", () => onEnd(new LedgerError("the thread that writes it has ended")));
  await reply.promise.catch((error: unknown) => {
    throw cannotBeOpened(error);
  });
  // It alone keeps no process up.
  worker.unref();

  const ask = (request: LedgerRequest): Promise<void> => {
    if (ended !== undefined) return Promise.reject(ended);
    reply = Promise.withResolvers();
    worker.postMessage(request);
    return reply.promise;
  };
  return {
    write: (calls, keepFromMs) => ask({ kind: "write", calls, keepFromMs }),
    async close() {
      worker.ref();
      await ask({ kind: "close" });
      await worker.terminate();
    },
  };
}

function cannotBeOpened(error: unknown): LedgerError {
  return new LedgerError(`the ledger cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
}
