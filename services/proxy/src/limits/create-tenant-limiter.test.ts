import { anonymous, Secret } from "@meridian/core";
import { createLogger } from "@meridian/telemetry";
import { expect, test, vi } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { connectRedis } from "../redis/connect-redis.js";
import { startRedis } from "../testing/start-redis.js";
import { createTenantLimiter } from "./create-tenant-limiter.js";

test("with a password that Redis refuses calls go on alone, and the log says so without it", async (context) => {
  const { url } = await startRedis(context, "right");
  const lines: string[] = [];
  let isAway = () => false;
  const redis = { url: new Secret(url.replace("//", "//:planted-secret@")), timeoutMs: 1_000 };
  const store = await connectRedis(redis, systemClock);
  const limiter = createTenantLimiter({
    redis: store,
    primary: undefined,
    clock: systemClock,
    timeOfDayMs: Date.now,
    logger: createLogger("debug", { write: (line) => lines.push(line) }),
    metrics: {
      showRedisAway(state) {
        isAway = state;
      },
    },
  });
  context.onTestFinished(() => limiter.close().then(store?.close));
  const tenant = { ...anonymous, limits: { ...anonymous.limits, requestsPerMinute: 1 } };
  const reserve = () => limiter.reserve({ tenant, tokens: 1, costNanoUsd: 1n, leaseMs: 1_000 });
  expect((await reserve()).kind).toBe("reserved");
  expect((await reserve()).kind).toBe("refused");
  await vi.waitFor(() => expect(isAway()).toBe(true));
  expect(lines.join("")).toContain("Redis is away");
  expect(lines.join("")).not.toContain("planted-secret");
});
