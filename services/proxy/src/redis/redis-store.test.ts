import { setTimeout as sleep } from "node:timers/promises";
import { expect, type TestContext, test } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { startRedis } from "../testing/start-redis.js";
import { openRedisStore } from "./redis-store.js";

async function openStore(context: TestContext, url: string, timeoutMs: number) {
  const store = openRedisStore({ url, timeoutMs, clock: systemClock });
  context.onTestFinished(store.close);
  await store.connected(5_000);
  return store;
}

test("what one tells, all hear that listen, again after Redis was away", async (context) => {
  const redis = await startRedis(context);
  const [one, other] = [await openStore(context, redis.url, 5_000), await openStore(context, redis.url, 5_000)];
  const heard: string[] = [];
  other.subscribe("channel", (text) => heard.push(text));
  const tellUntilHeard = (text: string) =>
    expect
      .poll(
        async () => {
          await one.publish("channel", text).catch(() => {});
          return heard.at(-1);
        },
        { timeout: 10_000 },
      )
      .toBe(text);
  await tellUntilHeard("first");
  await redis.kill();
  await redis.restart();
  await tellUntilHeard("second");
});

test("a Redis that stands still: its commands end in time, then none waits; when it goes on, so do they", async (context) => {
  const redis = await startRedis(context);
  const store = await openStore(context, redis.url, 50);
  const lost = new Promise((resolve) => store.onLost(resolve));
  redis.pause();
  await expect(store.ping()).rejects.toThrow("no answer from Redis within 50 ms");
  await lost;
  // Until the next connection is tried, and while it is.
  for (let attempts = 0; attempts < 10; attempts += 1) {
    await expect(store.ping()).rejects.toThrow("writeable");
    await sleep(20);
  }
  redis.resume();
  await store.connected(10_000);
  await expect.poll(() => store.ping().then(() => "answered")).toBe("answered");
});
