import type { RedisConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import type { RedisStore } from "./redis-store.js";

/** How long a start waits for Redis, in milliseconds. Without it the process goes on alone. */
const connectLimitMs = 2_000;

/** Connects to the Redis of the configuration; undefined where it has none. A Redis that is away does not stop a start. */
export async function connectRedis(redis: RedisConfig | undefined, clock: Clock): Promise<RedisStore | undefined> {
  if (redis === undefined) return undefined;
  // The client is loaded only by who uses it.
  const { openRedisStore } = await import("./redis-store.js");
  const store = openRedisStore({ url: redis.url.reveal(), timeoutMs: redis.timeoutMs, clock });
  await store.connected(connectLimitMs);
  return store;
}
