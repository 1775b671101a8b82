import { type Clock, type Endpoint, Secret } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { type Probe, probeEndpoints } from "./probe-endpoints.js";

const credential = { name: "default", version: "1", cohort: undefined, key: new Secret("sk-test") };
const endpointOf = (name: string): Endpoint => ({
  name,
  baseUrl: "http://relay.example/v1",
  models: undefined,
  credentials: [credential],
});

function start(probe: (...args: [...Parameters<Probe>, clock: Clock]) => Promise<number>, ...names: readonly string[]) {
  const clock = createFakeClock();
  const changes: string[] = [];
  const latencies = probeEndpoints((endpoint, signal) => probe(endpoint, signal, clock), {
    endpoints: names.map(endpointOf),
    clock,
    intervalMs: 30_000,
    timeoutMs: 2_000,
    onChange: ({ name }, reachability, status) => changes.push(`${name} ${reachability} ${status}`),
  });
  return { clock, changes, latencies };
}

/** Waits until the signal aborts. */
const silent: Probe = (_endpoint, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("nothing is known before the first answer", () => {
  const { latencies } = start(silent, "a");
  expect(latencies.reachability("a")).toBe("unknown");
  expect(latencies.latencyMs("a")).toBeUndefined();
  latencies.stop();
});

test("measures each endpoint at once, again after a second, and then an interval after each answer", async () => {
  const asked: string[] = [];
  const { clock, latencies, changes } = start(
    ({ name }, _signal, clock) => {
      asked.push(`${name} ${clock.now()}`);
      return new Promise((resolve) => clock.schedule(name === "near" ? 20 : 300, () => resolve(200)));
    },
    "near",
    "far",
  );
  await clock.advance(300);
  expect([latencies.latencyMs("near"), latencies.latencyMs("far")]).toEqual([20, 300]);
  await clock.advance(31_600);
  expect(asked).toEqual(["near 0", "far 0", "near 1020", "far 1300", "near 31040", "far 31600"]);
  expect(changes).toEqual(["near reachable 200", "far reachable 200"]);
  latencies.stop();
});

test.for([
  { status: 200, reachability: "reachable" },
  { status: 401, reachability: "reachable" },
  { status: 404, reachability: "reachable" },
  { status: 500, reachability: "unreachable" },
  { status: 503, reachability: "unreachable" },
])("the status $status means $reachability", async ({ status, reachability }) => {
  const { clock, latencies } = start(() => Promise.resolve(status), "a");
  await clock.advance(0);
  expect(latencies.reachability("a")).toBe(reachability);
  expect(latencies.latencyMs("a")).toBe(reachability === "reachable" ? 0 : undefined);
  latencies.stop();
});

test("gives up on one that is silent, delays no other, and asks again", async () => {
  let asked = 0;
  const { clock, latencies } = start(
    ({ name }, signal) => {
      if (name === "near") return Promise.resolve(200);
      asked += 1;
      return silent(endpointOf(name), signal);
    },
    "silent",
    "near",
  );
  await clock.advance(1_999);
  expect(latencies.reachability("silent")).toBe("unknown");
  expect(latencies.reachability("near")).toBe("reachable");
  await clock.advance(1);
  expect(latencies.reachability("silent")).toBe("unreachable");
  await clock.advance(30_000);
  expect(asked).toBe(2);
  latencies.stop();
});

test("tells a change once, and forgets the latency of one that went away", async () => {
  const statuses: (number | Error)[] = [200, 200, 200, new Error("refused"), 503, 200];
  const { clock, latencies, changes } = start(() => {
    const next = statuses.shift();
    return typeof next === "number" ? Promise.resolve(next) : Promise.reject(next);
  }, "a");
  await clock.advance(31_000);
  expect(latencies.latencyMs("a")).toBe(0);
  await clock.advance(30_000);
  expect(latencies.latencyMs("a")).toBeUndefined();
  await clock.advance(60_000);
  expect(changes).toEqual(["a reachable 200", "a unreachable undefined", "a reachable 200"]);
  latencies.stop();
});

test("stop ends the probes that run and leaves no timer", async () => {
  const signals: AbortSignal[] = [];
  const { clock, latencies, changes } = start(
    (endpoint, signal) => {
      signals.push(signal);
      return endpoint.name === "near" ? Promise.resolve(200) : silent(endpoint, signal);
    },
    "near",
    "silent",
  );
  await clock.advance(100);
  latencies.stop();
  await clock.advance(100_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  expect(clock.pendingTimers).toBe(0);
  expect(changes).toEqual(["near reachable 200"]);
});

test("follows other endpoints: what is found of those that stay is kept, and the others are let go", async () => {
  const asked: string[] = [];
  const { clock, latencies, changes } = start(
    ({ name }, signal, clock) => {
      asked.push(`${name} ${clock.now()}`);
      return new Promise((resolve, reject) => {
        clock.schedule(20, () => resolve(200));
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
    "stays",
    "goes",
  );
  await clock.advance(100);
  latencies.follow({ endpoints: ["stays", "comes"].map(endpointOf), intervalMs: 1_000, timeoutMs: 100 });
  expect(["stays", "goes", "comes"].map(latencies.reachability)).toEqual(["reachable", "unknown", "unknown"]);
  await clock.advance(1_100);
  expect(asked).toEqual(["stays 0", "goes 0", "stays 100", "comes 100", "stays 1120", "comes 1120"]);
  expect(changes).toEqual(["stays reachable 200", "goes reachable 200", "comes reachable 200"]);
  latencies.stop();
  expect(clock.pendingTimers).toBe(0);
});
