import type { CacheConfig } from "@meridian/config";
import type { RedisStore } from "../redis/redis-store.js";
import type { AnswerCache } from "./answer-cache.js";
import { formatKeptAnswer, parseKeptAnswer } from "./kept-answer.js";

/** What a cache over Redis is made of. */
export interface SharedCacheOptions {
  /** What this process has on its own, and asks first. */
  readonly memory: AnswerCache;
  readonly store: Pick<RedisStore, "text" | "putText">;
  readonly config: CacheConfig;
  /** The time of day, in milliseconds since 1970-01-01 UTC. All replicas need about the same. */
  readonly timeOfDayMs: () => number;
}

/** Creates a cache that all processes with the same Redis share. A Redis that is away or slow has no answer. */
export function createSharedCache({ memory, store, config, timeOfDayMs }: SharedCacheOptions): AnswerCache {
  const { redisTimeoutMs, ttlMs, maxAnswerBytes } = config;
  return {
    ...memory,
    async find(key) {
      const own = await memory.find(key);
      if (own !== undefined) return own;
      try {
        const text = await store.text(redisKeyOf(key), redisTimeoutMs);
        const end = text?.indexOf("\n") ?? -1;
        if (text === undefined || end === -1) return undefined;
        const madeAtMs = Number(text.slice(0, end));
        // It may be kept for longer there, by another configuration.
        if (!(timeOfDayMs() - madeAtMs < ttlMs)) return undefined;
        const kept = parseKeptAnswer(text.slice(end + 1));
        memory.keep(key, kept, madeAtMs);
        return kept;
      } catch {
        return undefined;
      }
    },
    keep(key, kept, madeAtMs) {
      memory.keep(key, kept, madeAtMs);
      const text = formatKeptAnswer(kept);
      if (Buffer.byteLength(text) > maxAnswerBytes) return;
      // Nobody waits for it. Where it fails, the next call is a miss.
      store.putText(redisKeyOf(key), `${madeAtMs}\n${text}`, ttlMs).catch(() => {});
    },
  };
}

function redisKeyOf(key: string): string {
  return `meridian:cache:1:${key}`;
}
