import { closeSync, openSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
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

/** The file as it is open now. */
interface Output {
  readonly handle: FileHandle;
  bytes: number;
}

/**
 * Opens a file of lines, readable by its owner alone. Throws what the system says where it cannot be written. What the disk
 * refuses is tried again with the next line. pino's own destination cannot be closed while it is renamed, and does not say what it
 * has written.
 */
export function openLineFile({ file, maxBytes, logger, now }: LineFileOptions): LineFile {
  // Opened here, so that a start fails and not a line.
  closeSync(openSync(file, "a", 0o600));
  let output: Output | undefined;
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
      await output?.handle.close().catch(complain);
    },
  };

  async function writePending(): Promise<void> {
    while (pending.length > 0) {
      output ??= await openOutput();
      if (output.bytes >= maxBytes) output = await rotated(output);
      await writeBatch(output);
    }
  }

  async function openOutput(): Promise<Output> {
    const handle = await open(file, "a", 0o600);
    return { handle, bytes: (await handle.stat()).size };
  }

  /** Where nothing can be renamed, or somebody has taken the file away, the next one begins all the same. */
  async function rotated({ handle }: Output): Promise<Output> {
    await rename(file, `${file}.1`).catch(complain);
    const next = { handle: await open(file, "a", 0o600), bytes: 0 };
    await handle.close().catch(complain);
    return next;
  }

  /** Writes lines up to the end of the file, and keeps what was not written. */
  async function writeBatch(to: Output): Promise<void> {
    let count = 0;
    for (let bytes = 0; bytes < Math.min(maxBytes - to.bytes, maxBatchBytes) && count < pending.length; count += 1)
      bytes += pending[count]?.length ?? 0;
    let rest = Buffer.concat(pending.splice(0, count));
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await to.handle.write(rest);
        to.bytes += bytesWritten;
        pendingBytes -= bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
    } finally {
      if (rest.length > 0) pending.unshift(rest);
    }
  }
}
