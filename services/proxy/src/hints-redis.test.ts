import { parseFault, startRelaySimulator } from "@meridian/relay-simulator";
import { expect, type TestContext, test } from "vitest";
import { ask, attemptsOf } from "./testing/ask.js";
import { chatCalls } from "./testing/chat-calls.js";
import { clientOf } from "./testing/client-of.js";
import { startRedis } from "./testing/start-redis.js";
import { startTestProxy, type TestProxy, testRelayKey } from "./testing/start-test-proxy.js";

// Two proxies with one relay and one Redis: what one of them meets makes the other careful.

async function startTwo(context: TestContext) {
  const redis = await startRedis(context);
  const relay = await startRelaySimulator({ apiKeys: [testRelayKey] });
  context.onTestFinished(() => relay.close());
  const environment = { REDIS_URL: redis.url, RELAY_BASE_URL: relay.baseUrl };
  const start = () => startTestProxy({ yaml: "redis: { timeoutMs: 5000 }", environment });
  const [one, other] = [await start(), await start()] as const;
  context.onTestFinished(async () => {
    for (const { stop } of [one, other]) await stop();
  });
  return { redis, relay, one, other };
}

const fallback = "gemini-2.5-flash";
const request = {
  model: "gpt-4.1",
  routing: { fallbacks: [fallback] },
  messages: [{ role: "user" as const, content: "Hi" }],
};
const attempted = async (proxy: TestProxy) => attemptsOf((await ask(clientOf(proxy), "Chat", request)).route);
const isWarned = ({ log }: TestProxy) => log.some(({ msg }) => msg === "another process warns of a deployment");

test("a key without credit: the other process tries it with one call, and all is well when that is answered", async (context) => {
  const { relay, one, other } = await startTwo(context);
  relay.setFaults([{ fault: parseFault("status-402"), model: "gpt-4.1", times: 1 }]);
  await attempted(one);
  await expect.poll(() => isWarned(other)).toBe(true);
  const [open] = (await (await fetch(`${other.proxy.adminUrl}/status`)).json()).breakers;
  expect(open).toMatchObject({ model: "gpt-4.1", state: "half_open" });
  expect(await attempted(other)).toEqual(["gpt-4.1 unary ok"]);
  expect((await (await fetch(`${other.proxy.adminUrl}/status`)).json()).breakers).toEqual([]);
  // Its own experience counts for the one that had it.
  expect(await attempted(one)).toEqual([`${fallback} unary ok`]);
});

test("the Retry-After of a 429 is kept to by the other process; without Redis each finds out for itself", async (context) => {
  const { redis, relay, one, other } = await startTwo(context);
  relay.setFaults([{ fault: parseFault("status-429;retry-after=600"), model: "gpt-4.1" }]);
  await attempted(one);
  await expect.poll(() => isWarned(other)).toBe(true);
  const asked = () => chatCalls(relay).filter(({ model }) => model === "gpt-4.1").length;
  const before = asked();
  expect(await attempted(other)).toEqual([`${fallback} unary ok`]);
  expect(asked()).toBe(before);

  await redis.kill();
  relay.setFaults([{ fault: parseFault("status-429;retry-after=600"), model: "claude-sonnet-4.5" }]);
  for (const proxy of [one, other]) {
    const claude = { ...request, model: "claude-sonnet-4.5" };
    const { route } = await ask(clientOf(proxy), "Chat", claude);
    expect(attemptsOf(route)[0]).toBe("claude-sonnet-4.5 unary rate_limited");
  }
});
