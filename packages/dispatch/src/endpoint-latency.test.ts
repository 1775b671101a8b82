import { createFakeClock } from "@meridian/core/testing";
import { describe, expect, test } from "vitest";
import { createEndpointLatency } from "./endpoint-latency.js";

/** Endpoints that were probed in so many milliseconds, and attempts of one model on them. */
function start(probed: Readonly<Record<string, number>> = { near: 30, far: 130 }) {
  const clock = createFakeClock();
  const latency = createEndpointLatency(clock, (endpoint) => probed[endpoint]);
  const began = (endpoint: string) => latency.began(endpoint, "model", "stream");
  return {
    clock,
    latency,
    began,
    expected: (endpoint: string) => latency.expectedMs(endpoint, "model"),
    inFlight: (endpoint: string) => latency.inFlight(endpoint, "model"),
    /** A stream whose content comes after `ms`, and which ends then. */
    async stream(endpoint: string, ms: number) {
      const timing = began(endpoint);
      await clock.advance(ms);
      timing.contentArrived();
      timing.ended();
    },
  };
}

describe("before the first stream", () => {
  test("the probe is all that is known", () => {
    expect(start().expected("far")).toBe(130);
  });

  test("nothing is known without a probe", () => {
    expect(start({}).expected("near")).toBeUndefined();
  });

  test("what two wait is known where a probe is", async () => {
    for (const [probed, expected] of [
      [{ near: 30 }, 500],
      [{}, undefined],
    ] as const) {
      const { clock, began, expected: expectedOf } = start(probed);
      began("near");
      await clock.advance(100);
      began("near");
      await clock.advance(500);
      expect(expectedOf("near")).toBe(expected);
    }
  });
});

describe("with streams", () => {
  test("the first one is the figure, whatever the probe said", async () => {
    for (const probed of [{ near: 30 }, { near: 900 }, {}]) {
      const { expected, stream } = start(probed);
      await stream("near", 600);
      expect(expected("near")).toBe(600);
    }
  });

  test("the second one that is much slower replaces the figure at once, the first one is one of many", async () => {
    const { expected, stream } = start();
    await stream("near", 600);
    await stream("near", 3_000);
    expect(expected("near")).toBeCloseTo(600 + 2_400 * (1 - Math.exp(-0.3)), 0);
    await stream("near", 4_000);
    expect(expected("near")).toBe(4_000);
  });

  test("one that is slower by chance moves it as a faster one does", async () => {
    const { clock, expected, stream } = start();
    for (const ms of [600, 700, 500, 640, 560]) {
      await stream("near", ms);
      await clock.advance(1_000);
    }
    const before = expected("near") ?? 0;
    await stream("near", 800);
    expect(expected("near")).toBeGreaterThan(before);
    expect(expected("near")).toBeLessThan(before + 50);
  });

  test("a faster one moves it the nearer the older it is", async () => {
    const { clock, expected, stream } = start({});
    await stream("near", 1_000);
    await stream("near", 0);
    expect(expected("near")).toBe(1_000);
    await clock.advance(10_000);
    await stream("near", 0);
    expect(expected("near")).toBeCloseTo(1_000 / Math.E);
    await clock.advance(100_000);
    await stream("near", 500);
    expect(expected("near")).toBeCloseTo(500, 0);
  });

  test("the same one again and again keeps it", async () => {
    const { clock, expected, stream } = start();
    for (let call = 0; call < 20; call += 1) {
      await stream("near", 600);
      await clock.advance(5_000);
    }
    await stream("near", 600);
    expect(expected("near")).toBe(600);
  });

  test("a slow one counts when its content comes, a fast one when it has ended", async () => {
    const { clock, expected, began } = start({ near: 300 });
    const slow = began("near");
    await clock.advance(2_000);
    slow.contentArrived();
    expect(expected("near")).toBe(2_000);

    await clock.advance(10_000);
    const before = expected("near") ?? 0;
    const fast = began("near");
    fast.contentArrived();
    expect(expected("near")).toBe(before);
    fast.ended();
    expect(expected("near")).toBeCloseTo(2_000 / Math.E);
  });

  test("a slow one does not count again when it ends", async () => {
    const { clock, expected, began, stream } = start({});
    await stream("near", 100);
    const slow = began("near");
    await clock.advance(5_000);
    slow.contentArrived();
    for (let call = 0; call < 20; call += 1) {
      await clock.advance(10_000);
      await stream("near", 100);
    }
    slow.ended();
    expect(expected("near")).toBeCloseTo(100, 0);
  });

  test("models have figures of their own", async () => {
    const { latency, stream } = start();
    await stream("near", 600);
    expect(latency.expectedMs("near", "other")).toBe(30);
  });
});

describe("while an endpoint is idle", () => {
  test("a figure goes over to the probe and what the model takes over it elsewhere", async () => {
    const { clock, expected, stream } = start();
    await stream("near", 8_030);
    expect(expected("near")).toBe(8_030);
    for (let second = 0; second < 100; second += 1) {
      await stream("far", 730);
      await clock.advance(270);
    }
    expect(expected("far")).toBeCloseTo(730, 0);
    expect(expected("near")).toBeCloseTo(30 + 600, -1);
  });

  test("one that was only probed is not better for it", async () => {
    const { expected, stream } = start();
    await stream("near", 630);
    expect(expected("far")).toBe(130 + 600);
    expect(expected("near")).toBe(630);
  });

  test("a figure stays where there is no probe", async () => {
    const { clock, expected, stream } = start({});
    await stream("near", 630);
    await clock.advance(1_000_000);
    expect(expected("near")).toBe(630);
  });
});

describe("while a stream waits", () => {
  test("another one has to wait, too, before its endpoint is that slow", async () => {
    const { clock, expected, began, stream } = start();
    await stream("near", 600);
    began("near");
    await clock.advance(2_000);
    expect(expected("near")).toBeLessThan(700);
    began("near");
    await clock.advance(1_000);
    expect(expected("near")).toBe(1_000);
    began("near");
    await clock.advance(1_000);
    expect(expected("near")).toBe(2_000);
  });

  test("and one that began later is served, it is slow by itself, and the next one that hangs is not", async () => {
    const { clock, expected, began, stream } = start({ near: 30 });
    await stream("near", 600);
    const hanging = [began("near"), began("near")];
    await clock.advance(100);
    await stream("near", 600);
    await clock.advance(7_300);
    expect(expected("near")).toBe(600);
    hanging[0]?.ended();
    expect(expected("near")).toBe(600);
    hanging[1]?.ended();
    // As one of many.
    expect(expected("near")).toBeGreaterThan(600);
    expect(expected("near")).toBeLessThan(8_000);
  });

  test("and ends without content, it raises the figure and never lowers it", async () => {
    const { clock, expected, began, stream } = start();
    await stream("near", 600);
    began("near").ended();
    expect(expected("near")).toBe(600);
    const silent = began("near");
    await clock.advance(8_000);
    silent.ended();
    expect(expected("near")).toBe(8_000);
    expect(expected("far")).toBe(130 + 570);
  });

  test("and fails at once where nothing is known, nothing is known still", () => {
    const { expected, began } = start({});
    began("near").ended();
    expect(expected("near")).toBeUndefined();
  });
});

test("a whole answer is no measure, but it is under way", async () => {
  const { clock, latency, expected, inFlight } = start();
  const timing = latency.began("near", "model", "unary");
  await clock.advance(20_000);
  expect([expected("near"), inFlight("near")]).toEqual([30, 1]);
  timing.contentArrived();
  timing.ended();
  expect([expected("near"), inFlight("near")]).toEqual([30, 0]);
});

test("attempts under way are counted by endpoint and model", () => {
  const { latency, began, inFlight } = start();
  const timings = [began("near"), began("near"), began("far")];
  expect([inFlight("near"), inFlight("far"), latency.inFlight("near", "other")]).toEqual([2, 1, 0]);
  for (const timing of timings) timing.ended();
  expect([inFlight("near"), inFlight("far")]).toEqual([0, 0]);
});

test("forgets what is gone from the configuration", () => {
  const clock = createFakeClock();
  const latency = createEndpointLatency(clock, () => undefined);
  for (const endpoint of ["a", "b"]) latency.began(endpoint, "gpt-4.1", "stream");
  latency.retain((endpoint) => endpoint === "a");
  expect(["a", "b"].map((endpoint) => latency.inFlight(endpoint, "gpt-4.1"))).toEqual([1, 0]);
});
