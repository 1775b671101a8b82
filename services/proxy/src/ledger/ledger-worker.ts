import { parentPort, workerData } from "node:worker_threads";
import { openLedgerToWrite } from "./ledger-database.js";
import { createLedgerWriter } from "./ledger-writer.js";
import { type PackedCalls, unpackCalls } from "./packed-calls.js";

// The thread that writes the ledger: SQLite stands still while the disk does, and the calls must not. It is started by
// `ledger-thread.ts`, and answers each request, and its own start, once.

/** What the thread is asked. */
export type LedgerRequest =
  | { readonly kind: "write"; readonly calls: PackedCalls; readonly keepFromMs: number }
  | { readonly kind: "close" };

/** What it answers. */
export interface LedgerReply {
  /** Why it failed; undefined: it was done. */
  readonly problem: string | undefined;
}

const reply = (answer: LedgerReply) => parentPort?.postMessage(answer);
const problemOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

try {
  // Given by `ledger-thread.ts`, as are the messages.
  const { file } = workerData as { readonly file: string };
  const database = openLedgerToWrite(file);
  const writer = createLedgerWriter(database);
  parentPort?.on("message", (request: LedgerRequest) => {
    try {
      if (request.kind === "write") writer.write(unpackCalls(request.calls), request.keepFromMs);
      else database.close();
      reply({ problem: undefined });
    } catch (error) {
      reply({ problem: problemOf(error) });
    }
  });
  reply({ problem: undefined });
} catch (error) {
  reply({ problem: problemOf(error) });
}
