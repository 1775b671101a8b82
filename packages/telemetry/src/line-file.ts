import { closeSync, fstatSync, openSync, renameSync } from "node:fs";
import type { Logger } from "pino";
import { pino } from "pino";

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
  /** A file that has reached this size is renamed to `file.1`, in place of the one before. */
  readonly maxBytes: number;
  /** Is told how many lines are lost, once a minute at most. */
  readonly logger: Pick<Logger, "error">;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** What may wait for the disk; lines above it are lost. */
const maxPendingBytes = 8 * 1024 * 1024;
const complaintMs = 60_000;

/** Opens a file of lines, readable by its owner alone. Throws what the system says where it cannot be written. */
export function openLineFile({ file, maxBytes, logger, now }: LineFileOptions): LineFile {
  // Opened here, so that a start fails and not a line.
  const descriptor = openSync(file, "a", 0o600);
  let bytes = fstatSync(descriptor).size;
  closeSync(descriptor);
  const destination = pino.destination({ dest: file, sync: false, maxLength: maxPendingBytes, mode: 0o600 });
  let lost = 0;
  let complainedAtMs = Number.NEGATIVE_INFINITY;
  const complain = (error?: Error) => {
    if (now() - complainedAtMs < complaintMs) return;
    complainedAtMs = now();
    logger.error({ file, lostLines: lost, err: error }, "lines cannot be written");
  };
  destination.on("drop", () => {
    lost += 1;
    complain();
  });
  destination.on("error", complain);
  return {
    append(line) {
      const text = `${line}\n`;
      if (bytes >= maxBytes) rotate();
      bytes += Buffer.byteLength(text);
      destination.write(text);
    },
    close: () =>
      new Promise((resolve) => {
        destination.once("close", resolve).once("error", () => resolve());
        destination.end();
      }),
  };

  function rotate(): void {
    bytes = 0;
    try {
      renameSync(file, `${file}.1`);
      destination.reopen();
    } catch (error) {
      complain(error instanceof Error ? error : undefined);
    }
  }
}
