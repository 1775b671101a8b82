import type { LedgerConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import type { LedgerFigures, Logger, Recorder } from "@meridian/telemetry";
import { type LedgerCall, ledgerCallOf } from "./ledger-call.js";
import type { LedgerFile } from "./ledger-thread.js";

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

/** Calls of one write. So many are written at once, without waiting for more; to hand them over takes half a millisecond. */
export const maxBatchCalls = 200;
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
  const pending: LedgerCall[] = [];
  const figures = { pendingAttempts: 0, writtenAttempts: 0, lostAttempts: 0 };
  let cancelTimer: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isFailing = false;
  let isLosing = false;

  const lose = (attempts: number) => {
    figures.lostAttempts += attempts;
    if (isLosing) return;
    isLosing = true;
    logger.error({ pendingCalls: pending.length }, "the ledger is written too slowly: costs of calls are lost");
  };

  /** Whether it was written. */
  const writeBatch = async (): Promise<boolean> => {
    const batch = pending.slice(0, maxBatchCalls);
    try {
      await file.write(batch, timeOfDayMs() - retentionDays * dayMs);
    } catch (error) {
      if (!isFailing) logger.error({ err: error, pendingCalls: pending.length }, "the ledger cannot be written");
      isFailing = true;
      return false;
    }
    pending.splice(0, batch.length);
    figures.writtenAttempts += attemptsOf(batch);
    figures.pendingAttempts -= attemptsOf(batch);
    if (isFailing || isLosing) logger.warn({ lostAttempts: figures.lostAttempts }, "the ledger is written again");
    isFailing = false;
    isLosing = false;
    return true;
  };

  /** Writes while there are at least so many calls. */
  const writeWhile = async (calls: number): Promise<void> => {
    while (pending.length >= calls && (await writeBatch()));
  };

  const flush = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    running = writeBatch()
      .then(async (isWritten) => {
        if (isWritten) await writeWhile(maxBatchCalls);
      })
      .finally(() => {
        running = undefined;
        if (pending.length > 0) cancelTimer = clock.schedule(flushMs, flush);
      });
  };

  const writeRest = async () => {
    await running;
    cancelTimer?.();
    cancelTimer = undefined;
    await writeWhile(1);
    await file.close();
  };

  return {
    recorder: {
      callStarted() {},
      callEnded(record) {
        const call = ledgerCallOf(record);
        if (call === undefined) return;
        if (pending.length >= maxPendingCalls) return lose(call.attempts.length);
        pending.push(call);
        figures.pendingAttempts += call.attempts.length;
        if (running !== undefined) return;
        if (pending.length >= maxBatchCalls && !isFailing) flush();
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
      if (pending.length > 0) lose(figures.pendingAttempts);
    },
  };
}

function attemptsOf(calls: readonly LedgerCall[]): number {
  return calls.reduce((sum, { attempts }) => sum + attempts.length, 0);
}
