import { setTimeout as sleep } from "node:timers/promises";
import { createInferenceClient, type InferenceClient, InferenceError, user } from "@meridian/inference-client";
import { Redis } from "ioredis";
import { expect, type TestContext, test, vi } from "vitest";
import { type LocalDeployment, replicaNames, startLocalDeployment } from "./testing/start-local-deployment.js";
import { type MixedCall, type MixedCallsOptions, startMixedCalls } from "./testing/start-mixed-calls.js";
import { callAs, keyOf, metricOf } from "./testing/tenant-calls.js";

// The deployment of deploy/local under load: three replicas, a balancer and Redis, as people start them. With
// `npm run test:replicas -- --full` at the rate and for the times that are asked for, else at a rate that a busy machine has time for.

const isFull = process.env["MERIDIAN_REPLICAS"] === "full";
const callsPerSecond = isFull ? 300 : 30;
const outageMs = isFull ? 30_000 : 3_000;
const timeout = isFull ? 600_000 : 180_000;
/** Not as it ships: a process that waits for its turn on a busy machine is no Redis that is away. */
const redisTimeoutMs = 5_000;
/** Where Redis is away indeed; with `--full` as it ships. */
const outageTimeoutMs = isFull ? 50 : 500;
/** How long after a kill its calls may take to fail, in milliseconds. */
const lossMs = isFull ? 1_000 : 5_000;
/** How long a replica may do without Redis once that is back, in milliseconds: longer where others use the machine. */
const returnMs = isFull ? 5_000 : 15_000;

const limit = 50;
const limited = { limits: { requestsPerMinute: limit } };
const tenants = {
  // Limits that nobody reaches, all of which Redis is asked for.
  load: {
    limits: { requestsPerMinute: 1_000_000, tokensPerMinute: 100_000_000, concurrentCalls: 10_000, usdPerDay: 1000 },
  },
  long: {},
  rolling: limited,
  killed: limited,
  stopped: limited,
  lost: limited,
};

const print = (line: string) => console.log(line);

/** Each region has callers. */
const countries = ["ID", "US", "KR"];

function loadOn({ url }: LocalDeployment, options: Pick<MixedCallsOptions, "isCacheable" | "maxRunningSeconds"> = {}) {
  return startMixedCalls({
    baseUrl: url,
    callsPerSecond,
    users: 401,
    headersOf: (index) => ({
      authorization: `Bearer ${keyOf("load")}`,
      "cf-ipcountry": countries[index % countries.length] ?? "",
    }),
    ...options,
  });
}

test("three replicas under load: a rolling restart loses nothing, a kill what it ran, and limits stay exact", {
  timeout,
}, async (context) => {
  const deployment = await startLocalDeployment(context, tenants, redisTimeoutMs);
  const clients = clientsOf(context, deployment);
  // At the full rate a replica that starts holds all others up, and is to meet the calls all the same.
  const load = loadOn(deployment, isFull ? { maxRunningSeconds: 2 } : {});
  context.onTestFinished(() => load.stop().then(() => {}));
  await load.more(2 * callsPerSecond);

  const longStreams = startLongStreams(clients);
  const admitted = callsOver(deployment, "rolling", 5_000);
  for (const replica of replicaNames) await deployment.restart(replica, "SIGTERM");
  await load.more(callsPerSecond);
  expect(load.failed).toEqual([]);
  expect((await longStreams.ended).map(({ end }) => end)).toEqual(clients.map(() => "whole"));
  expectLimitKept(await admitted);
  const restarted = load.answered.length;

  // Streams that will run in each of the replicas.
  const cut = startLongStreams([...clients, ...clients, ...clients, ...clients]);
  await cut.begun;
  const around = callsOver(deployment, "killed", 2_000);
  await sleep(500);
  const [victim] = replicaNames;
  const killedAtMs = performance.now();
  await deployment.restart(victim, "SIGKILL");
  await load.more(callsPerSecond);
  const streams = await cut.ended;
  const lost = streams.filter(({ replica, endedAtMs }) => replica === victim && endedAtMs > killedAtMs);
  expect(lost.length).toBeGreaterThan(0);
  for (const stream of streams) expect(stream.end === "whole", JSON.stringify(stream)).toBe(!lost.includes(stream));
  for (const { endedAtMs } of lost) expect(endedAtMs - killedAtMs).toBeLessThan(lossMs);
  for (const { replica, beganAtMs, endedAtMs, message } of load.failed) {
    expect([victim, ""], message).toContain(replica);
    // A call that was on its way to it may have begun a moment later, by this process's clock.
    expect(beganAtMs, message).toBeLessThan(killedAtMs + 100);
    expect(endedAtMs - killedAtMs, message).toBeLessThan(lossMs);
  }
  const { answered, failed } = await around;
  // What was lost was counted, or was not.
  expect(answered).toBeLessThanOrEqual(limit + replicaNames.length);
  expect(answered + failed).toBeGreaterThanOrEqual(limit);

  const rate = await load.stop();
  expect(await deployment.stop()).toBe(0);
  print(`${rate.toFixed(0)} calls a second of ${callsPerSecond} that were meant to come`);
  print(`${restarted} calls until the end of the rolling restart, none lost`);
  const failures = [...lost, ...load.failed];
  const lastMs = Math.max(...failures.map(({ endedAtMs }) => endedAtMs - killedAtMs));
  const words = new Set([...lost.map(({ end }) => end), ...load.failed.map(({ message }) => message)]);
  const short = `${load.failed.length} calls of ${load.answered.length - restarted}`;
  print(`the kill lost ${short} and ${lost.length} long streams of ${streams.length}, within ${lastMs.toFixed(0)} ms`);
  print(`their callers were told: ${[...words].join(" · ")}`);
});

test("Redis stands still, then is killed, under load: no call fails or waits for it, and limits hold soon after its return", {
  timeout,
}, async (context) => {
  const deployment = await startLocalDeployment(context, tenants, outageTimeoutMs);
  const { redis, adminUrls } = deployment;
  const load = loadOn(deployment, { isCacheable: true });
  context.onTestFinished(() => load.stop().then(() => {}));
  const away = () => metricOf(adminUrls, "meridian_redis_away");
  const isBack = async () => {
    const fromMs = performance.now();
    await vi.waitFor(async () => expect(await away()).toBe(0), { timeout: returnMs, interval: 50 });
    return Math.round(performance.now() - fromMs);
  };
  /** The calls that began from one moment on and ended until now. */
  const callsSince = (fromMs: number) => load.answered.filter(({ beganAtMs }) => beganAtMs >= fromMs);

  await load.more(2 * callsPerSecond);
  const beforeMs = performance.now();
  const [commands, answered] = [await countCommands(redis.url), load.answered.length];
  await sleep(outageMs);
  const [commandsThen, answeredThen] = [await countCommands(redis.url), load.answered.length];
  const perCall = commandsThen.map(([name, calls], index) => {
    const [, earlier = 0] = commands[index] ?? [];
    return [name, (calls - earlier) / (answeredThen - answered)] as const;
  });
  const before = callsSince(beforeMs);
  print(`with Redis: ${figuresOf(before)}`);

  const pausedAtMs = performance.now();
  redis.pause();
  await sleep(outageMs);
  expect(await away()).toBe(replicaNames.length);
  const during = callsSince(pausedAtMs);
  redis.resume();
  print(`Redis stands still: ${figuresOf(during)}; limits are shared ${await isBack()} ms after it goes on`);
  expectLimitKept(await callsOver(deployment, "stopped", 3_000));

  const killedAtMs = performance.now();
  await redis.kill();
  await sleep(outageMs);
  expect(await away()).toBe(replicaNames.length);
  const without = callsSince(killedAtMs);
  await redis.restart();
  print(`Redis is gone: ${figuresOf(without)}; limits are shared ${await isBack()} ms after its start`);
  expectLimitKept(await callsOver(deployment, "lost", 3_000));

  const rate = await load.stop();
  expect(load.failed).toEqual([]);
  // Who waited for Redis without a limit would have waited for its return.
  for (const calls of [during, without]) expect(Math.max(...calls.map(untilAsked))).toBeLessThan(outageMs / 2);
  // One script before a call and one after it, and those of calls that run.
  for (const [name, calls] of perCall) expect(calls, name).toBeLessThan(3);
  print(`${rate.toFixed(0)} calls a second of ${callsPerSecond} that were meant to come`);
  print(`a call: ${perCall.map(([name, calls]) => `${calls.toFixed(2)} ${name}`).join(", ")}`);
});

/** A client for each protocol: Connect over HTTP/1.1 and over HTTP/2, gRPC. */
function clientsOf(context: TestContext, { url }: LocalDeployment): readonly InferenceClient[] {
  const clients = [
    createInferenceClient({ baseUrl: url, httpVersion: "1.1" }),
    createInferenceClient({ baseUrl: url }),
    createInferenceClient({ baseUrl: url, protocol: "grpc" }),
  ];
  context.onTestFinished(() => {
    for (const client of clients) client.close();
  });
  return clients;
}

/** All that the relays have to say: five seconds. */
const longTokens = 500;

/** Streams on these clients, for each region in turn; tells when all have begun, how each has ended, and where it ran. */
function startLongStreams(clients: readonly InferenceClient[]) {
  const streams = clients.map((client, index) => {
    const begun = Promise.withResolvers<string>();
    const country = countries[Math.floor(index / 2) % countries.length] ?? "";
    const headers = { authorization: `Bearer ${keyOf("long")}`, "cf-ipcountry": country };
    const onHeader = (header: Headers) => begun.resolve(header.get("x-replica") ?? "");
    const run = async () => {
      const request = { messages: [user("Tell me a story.")], maxTokens: longTokens };
      for await (const { event } of client.streamChat(request, { headers, onHeader }))
        if (event.case === "end") return "whole";
      return "closed without an end";
    };
    const ended = run()
      .catch((error: unknown) => (error instanceof InferenceError ? `${error.code} ${error.reason}` : String(error)))
      .then(async (end) => {
        begun.resolve("");
        return { end, replica: await begun.promise, endedAtMs: performance.now() };
      });
    return { begun: begun.promise, ended };
  });
  return {
    begun: Promise.all(streams.map(({ begun }) => begun)),
    ended: Promise.all(streams.map(({ ended }) => ended)),
  };
}

/** Makes twice the limit of calls for a tenant, evenly over a time. Gives how many were answered and how many failed otherwise. */
async function callsOver({ url }: LocalDeployment, tenant: string, timeMs: number) {
  const outcomes = await Promise.all(
    Array.from({ length: 2 * limit }, async (_, index) => {
      await sleep((index * timeMs) / (2 * limit));
      return await callAs(tenant, url).then(
        ({ status, code }) => (code === "tenant_limit" ? "refused" : status),
        () => "failed",
      );
    }),
  );
  const answered = outcomes.filter((outcome) => outcome === 200).length;
  return { answered, failed: outcomes.filter((outcome) => outcome !== "refused").length - answered };
}

/** Exact, but for a call of each replica. */
function expectLimitKept({ answered, failed }: { readonly answered: number; readonly failed: number }) {
  expect(failed).toBe(0);
  expect(answered).toBeGreaterThanOrEqual(limit);
  expect(answered).toBeLessThanOrEqual(limit + replicaNames.length);
}

/** How long it took until a relay was asked, in milliseconds: what comes before that waits for Redis. */
function untilAsked({ route }: MixedCall): number {
  return route.attempts[0]?.startMs ?? 0;
}

function figuresOf(calls: readonly MixedCall[]): string {
  const whole = calls.map(({ beganAtMs, endedAtMs }) => endedAtMs - beganAtMs);
  const [asked, ended] = [calls.map(untilAsked), whole].map((times) => {
    const sorted = times.toSorted((one, other) => one - other);
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
    return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${sorted.at(-1)?.toFixed(1)} ms`;
  });
  return `${calls.length} calls; until the relay was asked ${asked}; to the end ${ended}`;
}

/** How often Redis ran the commands that processes send it: scripts count as one. */
async function countCommands(url: string): Promise<readonly (readonly [name: string, calls: number])[]> {
  const redis = new Redis(url);
  const statistics = await redis.info("commandstats");
  redis.disconnect();
  return ["evalsha", "get", "set"].map((name) => {
    const [, calls = "0"] = new RegExp(`^cmdstat_${name}:calls=(\\d+)`, "m").exec(statistics) ?? [];
    return [name, Number(calls)] as const;
  });
}
