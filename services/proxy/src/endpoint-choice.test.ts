import { describe, expect, test } from "vitest";
import { createSeededRandom } from "./testing/seeded-random.js";
import { simulateTraffic } from "./testing/simulate-traffic.js";

const callsPerSecond = 5;
const slowMs = 8_000;

/** Three endpoints of different distance; the model takes 50 ms. */
function apart() {
  const endpoints = {
    near: { probeMs: 30, contentMs: 80 },
    middle: { probeMs: 100, contentMs: 150 },
    far: { probeMs: 200, contentMs: 250 },
  };
  const traffic = simulateTraffic(endpoints);
  return { endpoints, run: (seconds: number) => traffic.run(seconds, callsPerSecond) };
}

/** Three endpoints side by side; the model takes 600 ms. */
function together() {
  const endpoints = {
    a: { probeMs: 30, contentMs: 630 },
    b: { probeMs: 31, contentMs: 640 },
    c: { probeMs: 29, contentMs: 620 },
  };
  const traffic = simulateTraffic(endpoints);
  return { endpoints, run: (seconds: number) => traffic.run(seconds, callsPerSecond) };
}

describe("of endpoints apart", () => {
  test("the fastest gets the traffic", async () => {
    const { run } = apart();
    const { near } = await run(60);
    expect(near).toBe(60 * callsPerSecond);
  });

  test("the fastest keeps it where first contents vary, and one of 300 hangs", async () => {
    const random = createSeededRandom(3);
    // A log-normal model: one call in twenty takes twice the usual time.
    const modelMs = () =>
      50 * Math.exp(0.4 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
    const traffic = simulateTraffic({
      near: { probeMs: 30, contentMs: () => (random() < 1 / 300 ? slowMs : 30 + modelMs()) },
      middle: { probeMs: 100, contentMs: () => 100 + modelMs() },
      far: { probeMs: 200, contentMs: () => 200 + modelMs() },
    });
    const seconds = 300;
    const { near = 0 } = await traffic.run(seconds, callsPerSecond);
    expect(near / (seconds * callsPerSecond)).toBeGreaterThan(0.9);
  });

  test("one that turns slow loses it after a few calls, and is tried now and then", async () => {
    const { endpoints, run } = apart();
    await run(10);
    endpoints.near.contentMs = slowMs;
    const { near: first = 0 } = await run(2);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(3);
    const { near: then = 0, middle = 0 } = await run(180);
    expect(then).toBeGreaterThan(0);
    expect(then).toBeLessThanOrEqual(9);
    expect(middle + then).toBe(180 * callsPerSecond);
  });

  test("one that is well again has it back in a minute", async () => {
    const { endpoints, run } = apart();
    await run(10);
    endpoints.near.contentMs = slowMs;
    await run(20);
    endpoints.near.contentMs = 80;
    await run(60);
    const { near } = await run(10);
    expect(near).toBe(10 * callsPerSecond);
  });

  test("one that was only probed is not preferred for that", async () => {
    const { endpoints, run } = apart();
    // Each takes longer to its first content now than any takes to answer a probe.
    for (const endpoint of Object.values(endpoints)) endpoint.contentMs += 250;
    await run(10);
    const { near } = await run(60);
    expect(near).toBe(60 * callsPerSecond);
  });
});

describe("of equal endpoints", () => {
  test("each gets its share", async () => {
    const { run } = together();
    const asked = await run(60);
    for (const calls of Object.values(asked)) expect(calls / (60 * callsPerSecond)).toBeCloseTo(1 / 3, 1);
  });

  test("a slow one is tried now and then, without a burst", async () => {
    const { endpoints, run } = together();
    await run(10);
    endpoints.a.contentMs = slowMs;
    await run(10);
    const seconds = 180;
    const perSecond: number[] = [];
    for (let second = 0; second < seconds; second += 1) perSecond.push((await run(1))["a"] ?? 0);
    const calls = perSecond.reduce((sum, count) => sum + count, 0);
    expect(calls).toBeGreaterThan(0);
    expect(calls / (seconds * callsPerSecond)).toBeLessThan(0.02);
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(3);
  });
});
