import type { Clock } from "@meridian/core";
import type { Logger, Metrics } from "@meridian/telemetry";
import type { RedisStore } from "../redis/redis-store.js";
import { createMemoryLimiter } from "./memory-limiter.js";
import { createRedisLimiter } from "./redis-limiter.js";
import type { TenantLimiter } from "./tenant-limiter.js";

/** What the limiter of a process is made of. */
export interface TenantLimiterOptions {
  /** Shares the limits with all processes that have it. */
  readonly redis: RedisStore | undefined;
  /** Where there is no Redis: the limiter of the primary that this process is a worker of. Undefined: limits live in memory. */
  readonly primary: TenantLimiter | undefined;
  readonly clock: Clock;
  readonly timeOfDayMs: () => number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "showRedisAway">;
}

/** No call runs longer, whatever the configuration says after a reload, in milliseconds. */
const longestLeaseMs = 86_400_000;

/** Creates the limiter of a process: in memory, or shared through Redis or a primary. */
export function createTenantLimiter(options: TenantLimiterOptions): TenantLimiter {
  const { redis, primary, clock, timeOfDayMs, logger, metrics } = options;
  if (redis === undefined) return primary ?? createMemoryLimiter(timeOfDayMs);
  const limiter = createRedisLimiter({
    store: redis,
    clock,
    timeOfDayMs,
    longestLeaseMs,
    onChange(state, error) {
      if (state === "back") logger.info("Redis is back: tenants' limits are shared again");
      // The message alone: the error of a command has its arguments, and those of the first are the password.
      else
        logger.warn(
          { problem: error instanceof Error ? error.message : "unknown" },
          "Redis is away: each process keeps tenants to its share of their limits",
        );
    },
  });
  metrics.showRedisAway(limiter.isAway);
  return limiter;
}
