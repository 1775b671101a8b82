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
 * Rejects where the first reading fails.
 */
export async function watchFile<Value>(watched: WatchedFile<Value>): Promise<() => void> {
  const { file, parse, onChange, onBroken, clock, intervalMs = 2_000 } = watched;
  let seen = await stateOf(file);
  onChange(parse(await readFile(file, "utf8")));

  const look = async (): Promise<void> => {
    const state = await stateOf(file).catch(codeOf);
    if (state === seen) return;
    seen = state;
    try {
      onChange(parse(await readFile(file, "utf8")));
    } catch (error) {
      onBroken(error instanceof Error ? error.message : "unknown");
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
async function stateOf(file: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(file);
  if (size > maxFileBytes) throw new Error(`${file} is larger than ${maxFileBytes} bytes`);
  return `${ino} ${size} ${mtimeMs}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
