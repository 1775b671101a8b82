import { CanaryController, type CanaryObservation, type CanaryState } from "@meridian/routing";
import { Redis } from "ioredis";
import { expect, type TestContext, test } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { openRedisStore } from "../redis/redis-store.js";
import { startRedis } from "../testing/start-redis.js";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { createRedisCanaryBoard } from "./canary-board.js";

const { canary: policy } = compileTestConfig("routing: {canary: {percentage: 10, rollout: {}}}", {
  RELAY_BASE_URL: "http://relay.example/v1",
  RELAY_API_KEY: "sk-test",
}).routing;
const state = new CanaryController(policy, undefined, 1_000).state;
const at = (percentage: number): CanaryState => ({ ...state, percentage });

async function startBoards(context: TestContext) {
  const { url } = await startRedis(context);
  const store = openRedisStore({ url, timeoutMs: 5_000, clock: systemClock });
  const redis = new Redis(url);
  context.onTestFinished(async () => {
    redis.disconnect();
    await store.close();
  });
  await store.connected(5_000);
  let versions = 0;
  const boardOf = (replica: string, canary: { name: string; salt: string } = policy) =>
    createRedisCanaryBoard(store, canary, replica, () => `v${++versions}`);
  return { boardOf, redis };
}

const answered: CanaryObservation = {
  cohort: "canary",
  isFailed: false,
  latency: { transport: "stream", ms: 12.5 },
};
const failed: CanaryObservation = { cohort: "baseline", isFailed: true, latency: undefined };

test("keeps one state, which only who knows it replaces", async (context) => {
  const { boardOf } = await startBoards(context);
  const [one, other] = [boardOf("one"), boardOf("other")];
  expect(await one.sync([])).toMatchObject({ version: "", state: undefined });
  const first = await one.replace("", at(10));
  expect(first).toBeDefined();
  expect(await other.replace("", at(90))).toBeUndefined();
  expect(await other.sync([])).toMatchObject({ version: first, state: at(10) });
  expect(await other.replace(first ?? "", at(20))).toBeDefined();
  expect(await one.replace(first ?? "", at(30))).toBeUndefined();
  expect((await one.sync([])).state).toEqual(at(20));
});

test("gives what all have seen to one judge, once; when it leaves another is judge", async (context) => {
  const { boardOf } = await startBoards(context);
  const [judge, other] = [boardOf("judge"), boardOf("other")];
  expect((await judge.sync([answered])).observations).toEqual([answered]);
  expect(await other.sync([failed, answered])).toMatchObject({ isJudge: false, observations: [] });
  expect(await judge.sync([])).toMatchObject({ isJudge: true, observations: [failed, answered] });
  expect((await judge.sync([])).observations).toEqual([]);
  await other.leave();
  expect((await other.sync([])).isJudge).toBe(false);
  await judge.leave();
  expect((await other.sync([])).isJudge).toBe(true);
});

test("keeps a bounded number of observations, and nothing for ever", async (context) => {
  const { boardOf, redis } = await startBoards(context);
  const [judge, other] = [boardOf("judge"), boardOf("other")];
  await judge.sync([]);
  await judge.replace("", at(10));
  for (let round = 0; round < 5; round += 1) await other.sync(Array.from({ length: 5_000 }, () => answered));
  const keys = await redis.keys("*");
  expect(keys).toHaveLength(3);
  for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  expect(await redis.llen(keys.find((key) => key.endsWith(":seen")) ?? "")).toBe(20_000);
  expect((await judge.sync([])).observations).toHaveLength(5_000);
});

test("is another one for another canary", async (context) => {
  const { boardOf } = await startBoards(context);
  await boardOf("one").replace("", at(10));
  expect((await boardOf("one", { ...policy, salt: "other" }).sync([])).state).toBeUndefined();
});

test("refuses what is not a state", async (context) => {
  const { boardOf, redis } = await startBoards(context);
  await boardOf("one").replace("", at(10));
  const [key = ""] = await redis.keys("*:state");
  await redis.hset(key, "state", "{}");
  await expect(boardOf("one").sync([])).rejects.toThrow(/in Redis is not the state of a canary; remove it/);
});
