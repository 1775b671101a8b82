import type { Clock, Secret } from "@meridian/core";
import type { Logger, Metrics } from "@meridian/telemetry";
import { createMemoryLimiter } from "./memory-limiter.js";
import { createRedisLimiter } from "./redis-limiter.js";
import { openRedisStore } from "./redis-store.js";
import type { TenantLimiter } from "./tenant-limiter.js";

/** What the limiter of a process is made of. */
export interface TenantLimiterOptions {
  /** Undefined: limits live in memory. */
  readonly redis: { readonly url: Secret; readonly timeoutMs: number } | undefined;
  /** The longest that a call may run, in milliseconds. */
  readonly longestCallMs: number;
  readonly clock: Clock;
  readonly timeOfDayMs: () => number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "showRedisAway">;
}

/** How long a start waits for Redis, in milliseconds. Without it the process goes on alone. */
const connectLimitMs = 2_000;

/** Creates the limiter of a process: in memory, or shared through Redis where there is one. */
export async function createTenantLimiter(options: TenantLimiterOptions): Promise<TenantLimiter> {
  const { redis, longestCallMs, clock, timeOfDayMs, logger, metrics } = options;
  if (redis === undefined) return createMemoryLimiter(timeOfDayMs);
  const store = openRedisStore({ url: redis.url.reveal(), timeoutMs: redis.timeoutMs, clock });
  const limiter = createRedisLimiter({
    store,
    clock,
    timeOfDayMs,
    longestLeaseMs: longestCallMs,
    onChange(state, error) {
      if (state === "back") logger.info("Redis is back: tenants' limits are shared again");
      else logger.warn({ err: error }, "Redis is away: each process keeps tenants to its share of their limits");
    },
  });
  metrics.showRedisAway(limiter.isAway);
  await store.connected(connectLimitMs);
  return limiter;
}
