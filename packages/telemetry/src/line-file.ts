import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Logger } from "pino";

/** A file that lines are appended to. */
export interface LineFile {
  /** Appends a line, given without its end. Neither waits nor throws; where the disk does not keep up, the line is lost. */
  append(line: string): void;
  /** Writes what there is to write, and closes the file. */
  close(): Promise<void>;
}

/** What a file of lines is opened with. */
export interface LineFileOptions {
  readonly file: string;
  /** A file of which so much is written is renamed to `file.1`, in place of the one before. */
  readonly maxBytes: number;
  /** Is told how many lines are lost, once a minute at most. */
  readonly logger: Pick<Logger, "error">;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** What may wait for the disk; lines above it are lost. */
const maxPendingBytes = 8 * 1024 * 1024;
const maxBatchBytes = 256 * 1024;
const complaintMs = 60_000;

/**
 * Opens a file of lines, readable by its owner alone. Throws what the system says where it cannot be written. What the disk
 * refuses is tried again with the next line. pino's own destination cannot be closed while it is renamed, and does not say what it
 * has written. Several processes may write the same file.
 */
export function openLineFile({ file, maxBytes, logger, now }: LineFileOptions): LineFile {
  // Opened here, so that a start fails and not a line.
  closeSync(openSync(file, "a", 0o600));
  let output: FileHandle | undefined;
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  let isClosed = false;
  let lost = 0;
  let complainedAtMs = Number.NEGATIVE_INFINITY;
  const complain = (error?: unknown) => {
    if (now() - complainedAtMs < complaintMs) return;
    complainedAtMs = now();
    logger.error({ file, lostLines: lost, err: error }, "lines cannot be written");
  };

  const write = () => {
    writing ??= writePending()
      .catch(complain)
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };

  return {
    append(line) {
      const bytes = Buffer.from(`${line}\n`);
      if (isClosed || pendingBytes + bytes.length > maxPendingBytes) {
        lost += 1;
        complain();
        return;
      }
      pending.push(bytes);
      pendingBytes += bytes.length;
      void write();
    },
    async close() {
      isClosed = true;
      await writing;
      if (pending.length > 0) await write();
      lost += pending.length;
      if (pending.length > 0) complain();
      await output?.close().catch(complain);
    },
  };

  async function writePending(): Promise<void> {
    while (pending.length > 0) {
      output ??= await open(file, "a", 0o600);
      // Others may have written to it, too.
      const { size, ino } = await output.stat();
      if (size >= maxBytes) output = await rotated(output, ino);
      await writeBatch(output, size >= maxBytes ? maxBytes : maxBytes - size);
    }
  }

  /** Where nothing can be renamed, or somebody has taken the file away, the next one begins all the same. */
  async function rotated(full: FileHandle, ino: number): Promise<FileHandle> {
    try {
      // Another process may have been first. At once, so that none comes in between.
      if (statSync(file, { throwIfNoEntry: false })?.ino === ino) renameSync(file, `${file}.1`);
    } catch (error) {
      complain(error);
    }
    const next = await open(file, "a", 0o600);
    await full.close().catch(complain);
    return next;
  }

  /** Writes lines until there is no room, one at least, and keeps what was not written. */
  async function writeBatch(to: FileHandle, roomBytes: number): Promise<void> {
    let count = 0;
    for (let bytes = 0; bytes < Math.min(roomBytes, maxBatchBytes) && count < pending.length; count += 1)
      bytes += pending[count]?.length ?? 0;
    let rest = Buffer.concat(pending.splice(0, count));
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await to.write(rest);
        pendingBytes -= bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
    } finally {
      if (rest.length > 0) pending.unshift(rest);
    }
  }
}
