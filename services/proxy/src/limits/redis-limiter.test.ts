import { anonymous, type TenantLimits } from "@meridian/core";
import { Redis } from "ioredis";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { openRedisStore } from "../redis/redis-store.js";
import { limiterCases, playLimiterCase, startOfDayMs } from "../testing/limiter-cases.js";
import { startRedis } from "../testing/start-redis.js";
import { createRedisLimiter } from "./redis-limiter.js";
import type { Reservation, TenantLimiter } from "./tenant-limiter.js";

/** Longer than any pause of a busy machine. */
const timeoutMs = 5_000;

function tenantWith(limits: Partial<TenantLimits>, name = "acme") {
  return { ...anonymous, name, limits: { ...anonymous.limits, ...limits } };
}

/** A replica: a limiter with a connection of its own. */
async function startReplica(context: TestContext, url: string, timeOfDayMs: () => number = Date.now) {
  const changes: string[] = [];
  const store = openRedisStore({ url, timeoutMs, clock: systemClock });
  const onChange = (state: string) => changes.push(state);
  const limiter = createRedisLimiter({ store, clock: systemClock, timeOfDayMs, onChange, longestLeaseMs: 600_000 });
  context.onTestFinished(() => limiter.close().then(store.close));
  await store.connected(timeoutMs);
  return { limiter, changes };
}

async function reserveMany(
  limiters: readonly TenantLimiter[],
  count: number,
  limits: Partial<TenantLimits>,
  costNanoUsd = 0n,
): Promise<readonly Reservation[]> {
  const tenant = tenantWith(limits);
  const results = await Promise.all(
    Array.from({ length: count }, async (_, index) =>
      limiters[index % limiters.length]?.reserve({ tenant, tokens: 1, costNanoUsd, leaseMs: 60_000 }),
    ),
  );
  return results.flatMap((result) => (result?.kind === "reserved" ? [result.reservation] : []));
}

describe("in Redis", () => {
  test("it decides as in memory", async (context) => {
    const { url } = await startRedis(context);
    let nowMs = startOfDayMs;
    const { limiter, changes } = await startReplica(context, url, () => nowMs);
    for (const story of limiterCases)
      await playLimiterCase(story, limiter, (time) => {
        nowMs = time;
      });
    expect(changes).toEqual([]);
  });

  test.for<[string, Partial<TenantLimits>]>([
    ["requests", { requestsPerMinute: 50 }],
    ["tokens", { tokensPerMinute: 50 }],
    ["concurrent calls", { concurrentCalls: 50 }],
    ["nano-USD", { nanoUsdPerDay: 500n }],
  ])("replicas share one limit of %s", async ([, limits], context) => {
    const { url } = await startRedis(context);
    const replicas = [await startReplica(context, url), await startReplica(context, url)];
    const reserved = await reserveMany(
      replicas.map(({ limiter }) => limiter),
      200,
      limits,
      10n,
    );
    expect(reserved).toHaveLength(50);
  });

  test("a process that dies holds its calls no longer than they could have run", async (context) => {
    const { url } = await startRedis(context);
    let nowMs = startOfDayMs;
    const dying = await startReplica(context, url, () => nowMs);
    const other = await startReplica(context, url, () => nowMs);
    await reserveMany([dying.limiter], 2, { concurrentCalls: 2 });
    await dying.limiter.close();
    expect(await reserveMany([other.limiter], 1, { concurrentCalls: 2 })).toHaveLength(0);
    nowMs += 60_001;
    expect(await reserveMany([other.limiter], 3, { concurrentCalls: 2 })).toHaveLength(2);
  });

  test("every key expires", async (context) => {
    const { url } = await startRedis(context);
    const { limiter } = await startReplica(context, url);
    await reserveMany([limiter], 1, { requestsPerMinute: 1, nanoUsdPerDay: 9n, nanoUsdPerMonth: 9n }, 1n);
    const redis = new Redis(url);
    context.onTestFinished(() => redis.disconnect());
    const keys = await redis.keys("*");
    expect(keys).toHaveLength(5);
    for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(0);
  });
});

describe("when Redis is killed", () => {
  const budget = { nanoUsdPerDay: 1_000n };

  /** Two replicas that have each seen the other, and have spent 400 of the budget together. */
  async function twoReplicas(context: TestContext) {
    const redis = await startRedis(context);
    const [a, b] = [await startReplica(context, redis.url), await startReplica(context, redis.url)];
    for (const { limiter } of [a, b, a, b])
      for (const reservation of await reserveMany([limiter], 1, budget, 100n))
        await reservation.settle({ tokens: 1, costNanoUsd: 100n });
    const outage = async () => {
      await redis.kill();
      const other = { tenant: tenantWith({}, "other"), tokens: 0, costNanoUsd: 0n, leaseMs: 1 };
      for (const { limiter, changes } of [a, b]) {
        await limiter.reserve(other);
        expect(changes).toEqual(["away"]);
      }
    };
    const back = async () => {
      await redis.restart();
      await vi.waitFor(
        () =>
          expect([a.changes, b.changes]).toEqual([
            ["away", "back"],
            ["away", "back"],
          ]),
        10_000,
      );
    };
    return { redis, a: a.limiter, b: b.limiter, outage, back };
  }

  test("calls go on by each replica's share of what was left, and the budget holds when it is back", async (context) => {
    const { a, b, outage, back } = await twoReplicas(context);
    const [running] = await reserveMany([a], 1, budget, 200n);
    await outage();
    // Of the 1,000, 600 were spent or reserved when a knew last, 400 when b did: shares of 200 and 300.
    const [ofA, ofB] = [await reserveMany([a], 20, budget, 100n), await reserveMany([b], 20, budget, 100n)];
    expect([ofA.length, ofB.length]).toEqual([2, 3]);
    for (const reservation of [...ofA, ...ofB]) await reservation.settle({ tokens: 1, costNanoUsd: 100n });
    await running?.settle({ tokens: 1, costNanoUsd: 50n });
    await back();
    // 400 before, 50 by the call that ran across, 500 meanwhile: 50 are left, though Redis has lost all that it knew.
    const afterwards = await reserveMany([a, b], 20, budget, 50n);
    expect(afterwards).toHaveLength(1);
  });

  test("calls that run are counted again when it is back", async (context) => {
    const { a, b, outage, back } = await twoReplicas(context);
    const limits = { concurrentCalls: 6 };
    const before = await reserveMany([a], 2, limits);
    await reserveMany([b], 1, limits);
    await outage();
    // Shares of 3: a runs 2 of them already, b one.
    expect(await reserveMany([a], 9, limits)).toHaveLength(1);
    expect(await reserveMany([b], 9, limits)).toHaveLength(2);
    await back();
    expect(await reserveMany([a, b], 9, limits)).toHaveLength(0);
    await before[0]?.settle({ tokens: 1, costNanoUsd: 0n });
    expect(await reserveMany([a, b], 9, limits)).toHaveLength(1);
  });

  test("calls that began and ended meanwhile are no work when it is back", async (context) => {
    const { redis, a, outage, back } = await twoReplicas(context);
    await outage();
    for (const reservation of await reserveMany([a], 500, {})) await reservation.settle({ tokens: 1, costNanoUsd: 0n });
    await back();
    const client = new Redis(redis.url);
    context.onTestFinished(() => client.disconnect());
    const statistics = await client.info("commandstats");
    const [, scripts] = /cmdstat_evalsha:calls=(\d+)/.exec(statistics) ?? [];
    expect(Number(scripts)).toBeLessThan(50);
  });

  test("limits a minute hold again when it is back, over all replicas", async (context) => {
    const { a, b, outage, back } = await twoReplicas(context);
    const limits = { requestsPerMinute: 50 };
    expect(await reserveMany([a, b], 200, limits)).toHaveLength(50);
    await outage();
    expect(await reserveMany([a], 200, limits)).toHaveLength(25);
    expect(await reserveMany([b], 200, limits)).toHaveLength(25);
    await back();
    expect(await reserveMany([a, b], 200, limits)).toHaveLength(50);
  });
});
