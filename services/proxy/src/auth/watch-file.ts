import { readFileSync, type Stats, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Clock } from "@meridian/core";

/** What is watched, and who hears of it. */
export interface WatchedFile<Value> {
  readonly file: string;
  /** Makes something of the text. Throws an Error whose message may be shown. */
  readonly parse: (text: string) => Value;
  /** The file has changed, and is good. */
  readonly onChange: (value: Value) => void;
  /** The file has changed and is broken, or is gone: what was there before still counts. Told once for each change. */
  readonly onBroken: (problem: string) => void;
  readonly clock: Pick<Clock, "schedule">;
  /** How often the file is looked at, in milliseconds. Default 2,000. */
  readonly intervalMs?: number;
}

/** The largest file that is read, in bytes. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Reads a file, and reads it again whenever it has changed, until the returned function is called. It is looked at rather
 * than listened to: a mounted secret is replaced by renaming a folder above it, which no listener of the file hears.
 * The first reading is at once. Throws where it fails.
 */
export function watchFile<Value>(watched: WatchedFile<Value>): () => void {
  const { file, parse, onChange, onBroken, clock, intervalMs = 2_000 } = watched;
  let seen = stateFrom(file, statSync(file));
  onChange(parse(readFileSync(file, "utf8")));

  const look = async (): Promise<void> => {
    const state = await stat(file)
      .then((stats) => stateFrom(file, stats))
      .catch(messageOf);
    if (state === seen) return;
    seen = state;
    try {
      onChange(parse(await readFile(file, "utf8")));
    } catch (error) {
      onBroken(messageOf(error));
    }
  };
  let isClosed = false;
  let cancel = () => {};
  const next = () => {
    if (!isClosed) cancel = clock.schedule(intervalMs, () => void look().finally(next));
  };
  next();
  return () => {
    isClosed = true;
    cancel();
  };
}

/** What changes with the file. */
function stateFrom(file: string, { size, mtimeMs, ino }: Stats): string {
  if (size > maxFileBytes) throw new Error(`${file} is larger than ${maxFileBytes} bytes`);
  return `${ino} ${size} ${mtimeMs}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
