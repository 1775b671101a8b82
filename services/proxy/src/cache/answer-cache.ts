import type { CacheConfig } from "@meridian/config";
import type { CacheFigures } from "@meridian/telemetry";
import { LRUCache } from "lru-cache";
import { formatKeptAnswer, type KeptAnswer, parseKeptAnswer } from "./kept-answer.js";
import { createSharedCalls, type SharedCalls } from "./shared-calls.js";

/** The answers that may be given again. */
export interface AnswerCache {
  /** The answer of a key, if it is kept and not too old. */
  find(key: string): KeptAnswer | undefined | Promise<KeptAnswer | undefined>;
  /** Keeps an answer, where it is not too large. `madeAtMs`: in milliseconds since 1970-01-01 UTC. */
  keep(key: string, kept: KeptAnswer, madeAtMs: number): void;
  /** The longest text of an answer that it takes, in characters. */
  readonly maxAnswerLength: number;
  /** The calls under way whose answers it is to take. */
  readonly calls: SharedCalls;
  figures(): CacheFigures;
}

/** What an answer takes besides its text, in bytes, about: its key, and its places in the lists. */
const entryBytes = 512;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Creates a cache in memory, empty. `timeOfDayMs` is the time of day, in milliseconds since 1970-01-01 UTC. */
export function createAnswerCache(
  { maxBytes, maxAnswerBytes, ttlMs }: CacheConfig,
  timeOfDayMs: () => number,
): AnswerCache {
  // As bytes of its own: their number is known, and nothing else holds on to them.
  const entries = new LRUCache<string, Uint8Array>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => bytes.byteLength + entryBytes,
    ttl: ttlMs,
    // By default a timer keeps the time for a millisecond, which costs more than asking for it.
    ttlResolution: 0,
    perf: { now: timeOfDayMs },
  });
  return {
    find(key) {
      const bytes = entries.get(key);
      return bytes === undefined ? undefined : parseKeptAnswer(fromUtf8.decode(bytes));
    },
    keep(key, kept, madeAtMs) {
      const bytes = utf8.encode(formatKeptAnswer(kept));
      const leftMs = ttlMs - (timeOfDayMs() - madeAtMs);
      if (bytes.byteLength <= maxAnswerBytes && leftMs > 0) entries.set(key, bytes, { ttl: leftMs });
    },
    maxAnswerLength: maxAnswerBytes,
    calls: createSharedCalls(maxAnswerBytes),
    figures: () => ({ answers: entries.size, bytes: entries.calculatedSize }),
  };
}
