import { expect, type TestContext, test } from "vitest";
import { askFor } from "./testing/cached-answers.js";
import { chatCalls } from "./testing/chat-calls.js";
import { startRedis } from "./testing/start-redis.js";
import { startTestProxy } from "./testing/start-test-proxy.js";

// Two proxies, each with a relay of its own, so that it shows whose answer a caller gets.

async function startTwo(context: Pick<TestContext, "onTestFinished">, redisUrl: string, redisTimeoutMs: number) {
  const options = {
    // A busy machine is not a Redis that is away, where the test does not say so.
    yaml: `redis: { timeoutMs: 10000 }\ncache: { redisTimeoutMs: ${redisTimeoutMs} }`,
    environment: { REDIS_URL: redisUrl },
  };
  const proxies = [await startTestProxy(options), await startTestProxy(options)] as const;
  context.onTestFinished(async () => {
    for (const proxy of proxies) await proxy.stop();
  });
  return proxies;
}

const chat = (content: string) => ({ model: "gpt-4.1", temperature: 0, messages: [{ role: "user", content }] });

test("what one process has been answered the other gives again, whole and streamed, in both faces", async (context) => {
  const redis = await startRedis(context);
  const [one, other] = await startTwo(context, redis.url, 1_000);
  for (const face of ["contract", "openai"] as const)
    for (const [first, second] of [
      ["whole", "streamed"],
      ["streamed", "whole"],
    ] as const) {
      const body = chat(`${face} ${first}`);
      const original = await askFor(one.proxy.url, face, first, body);
      const again = await askFor(other.proxy.url, face, second, body);
      expect(again.answer).toEqual(original.answer);
      expect(again.route).toMatchObject({ cache: "hit", savedCostNanoUsd: original.route.totalCostNanoUsd });
    }
  expect(chatCalls(other.relay)).toEqual([]);
  await redis.kill();
  // Now it is in memory.
  expect((await askFor(other.proxy.url, "openai", "whole", chat("openai whole"))).route.cache).toBe("hit");
});

test("with Redis killed every call is answered, and after it is back answers are shared again", async (context) => {
  const redis = await startRedis(context);
  const [one, other] = await startTwo(context, redis.url, 1_000);
  await redis.kill();
  for (const { proxy } of [one, other])
    expect((await askFor(proxy.url, "contract", "whole", chat("away"))).route.cache).toBe("miss");
  await redis.restart();
  await expect
    .poll(
      async () => {
        const body = chat(`back ${Math.random()}`);
        await askFor(one.proxy.url, "contract", "whole", body);
        return (await askFor(other.proxy.url, "contract", "streamed", body)).route.cache;
      },
      { timeout: 20_000 },
    )
    .toBe("hit");
});

test("a Redis that stands still is a miss after the limit of the cache, not that of other commands", async (context) => {
  const redis = await startRedis(context);
  const [one] = await startTwo(context, redis.url, 5);
  redis.pause();
  // Other commands wait for ten seconds: four calls that did so would be too long for a test.
  for (const prompt of ["first", "second", "third", "fourth"])
    expect((await askFor(one.proxy.url, "contract", "whole", chat(prompt))).route.cache).toBe("miss");
  await redis.kill();
});
