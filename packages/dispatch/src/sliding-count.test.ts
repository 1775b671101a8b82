import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { SlidingCount } from "./sliding-count.js";

test("counts what happened within the window, and forgets it by tenths", async () => {
  const clock = createFakeClock();
  const count = new SlidingCount(1_000, clock);
  expect(count.total).toBe(0);
  count.add();
  count.add();
  await clock.advance(500);
  count.add();
  expect(count.total).toBe(3);
  await clock.advance(400);
  expect(count.total).toBe(3);
  await clock.advance(100);
  expect(count.total).toBe(1);
  await clock.advance(500);
  expect(count.total).toBe(0);
});

test("a long silence empties it", async () => {
  const clock = createFakeClock();
  const count = new SlidingCount(1_000, clock);
  count.add();
  await clock.advance(1_000_000_007);
  expect(count.total).toBe(0);
  count.add();
  expect(count.total).toBe(1);
});

test("is never more than what happened within the last window", async () => {
  const clock = createFakeClock();
  const count = new SlidingCount(1_000, clock);
  const times: number[] = [];
  let seed = 7;
  for (let step = 0; step < 2_000; step += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    await clock.advance(seed % 90);
    count.add();
    times.push(clock.now());
    const within = (ms: number) => times.filter((time) => time > clock.now() - ms).length;
    expect(count.total).toBeLessThanOrEqual(within(1_000));
    expect(count.total).toBeGreaterThanOrEqual(within(900));
  }
});

test("clear forgets all", () => {
  const count = new SlidingCount(1_000, createFakeClock());
  count.add();
  count.clear();
  expect(count.total).toBe(0);
});
