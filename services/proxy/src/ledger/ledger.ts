import type { LedgerConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import type { LedgerFigures, Logger, Recorder } from "@meridian/telemetry";
import { ledgerCallOf } from "./ledger-call.js";
import type { LedgerFile } from "./ledger-thread.js";
import { CallPacker, type PackedCalls } from "./packed-calls.js";

/** Keeps what calls have cost. */
export interface Ledger {
  readonly recorder: Recorder;
  readonly figures: () => LedgerFigures;
  /**
   * Writes what waits, and closes the file. To be called once no call runs. Never rejects, and takes no longer than
   * `closeLimitMs`: a disk that stands still, or a thread that has ended, stops no stop.
   */
  close(): Promise<void>;
}

/** What a ledger needs of the world. */
export interface LedgerWorld {
  readonly clock: Clock;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
  readonly logger: Logger;
}

/** Calls of one write. So many are written at once, without waiting for more. */
export const maxBatchCalls = 1_000;
/** Calls that wait while the disk stands still; those that end then are lost. Some 350 bytes each. */
export const maxPendingCalls = 50_000;
/** What the last writes may take, in milliseconds. */
export const closeLimitMs = 5_000;
const dayMs = 86_400_000;

/**
 * Creates the ledger over a file. Calls wait in memory until `flushMs` have passed, or until there are enough of them for a
 * write. One write runs at a time; a failed one is made again, with the same calls, after `flushMs`.
 */
export function createLedger(
  file: LedgerFile,
  { flushMs, retentionDays }: Pick<LedgerConfig, "flushMs" | "retentionDays">,
  { clock, timeOfDayMs, logger }: LedgerWorld,
): Ledger {
  const packer = new CallPacker();
  /** What is to be written before what the packer has, in this order. */
  const batches: PackedCalls[] = [];
  let pendingCalls = 0;
  const figures = { pendingAttempts: 0, writtenAttempts: 0, lostAttempts: 0 };
  let cancelTimer: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isFailing = false;
  let isLosing = false;

  const lose = (attempts: number) => {
    figures.lostAttempts += attempts;
    if (isLosing) return;
    isLosing = true;
    logger.error({ pendingCalls }, "the ledger is written too slowly: costs of calls are lost");
  };

  /** Writes the oldest batch, or what the packer has, and says whether it was written. */
  const writeBatch = async (): Promise<boolean> => {
    if (batches.length === 0 && packer.calls > 0) batches.push(packer.take());
    const [batch] = batches;
    if (batch === undefined) return true;
    try {
      await file.write(batch, timeOfDayMs() - retentionDays * dayMs);
    } catch (error) {
      if (!isFailing) logger.error({ err: error, pendingCalls }, "the ledger cannot be written");
      isFailing = true;
      return false;
    }
    batches.shift();
    pendingCalls -= batch.calls;
    figures.writtenAttempts += batch.costs.length;
    figures.pendingAttempts -= batch.costs.length;
    if (isFailing || isLosing) logger.warn({ lostAttempts: figures.lostAttempts }, "the ledger is written again");
    isFailing = false;
    isLosing = false;
    return true;
  };

  const writeBatches = async (): Promise<void> => {
    while ((await writeBatch()) && batches.length > 0);
  };

  const flush = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    running = writeBatches().finally(() => {
      running = undefined;
      if (pendingCalls > 0) cancelTimer = clock.schedule(flushMs, flush);
    });
  };

  const writeRest = async () => {
    await running;
    cancelTimer?.();
    cancelTimer = undefined;
    while (pendingCalls > 0 && (await writeBatch()));
    await file.close();
  };

  return {
    recorder: {
      callStarted() {},
      callEnded(record) {
        const call = ledgerCallOf(record);
        if (call === undefined) return;
        if (pendingCalls >= maxPendingCalls) return lose(call.attempts.length);
        packer.add(call);
        pendingCalls += 1;
        figures.pendingAttempts += call.attempts.length;
        if (packer.calls >= maxBatchCalls) batches.push(packer.take());
        if (running !== undefined) return;
        if (batches.length > 0 && !isFailing) flush();
        else cancelTimer ??= clock.schedule(flushMs, flush);
      },
    },
    figures: () => figures,
    async close() {
      let cancelLimit = () => {};
      const limit = new Promise<void>((resolve) => {
        cancelLimit = clock.schedule(closeLimitMs, resolve);
      });
      await Promise.race([writeRest(), limit]).catch((error: unknown) =>
        logger.error({ err: error }, "the ledger could not be closed"),
      );
      cancelLimit();
      if (pendingCalls > 0) lose(figures.pendingAttempts);
    },
  };
}
