import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { keepAlive } from "./keep-alive.js";

test("says it again and again, until it is stopped, and leaves no timer", async () => {
  const clock = createFakeClock();
  let said = 0;
  const stop = keepAlive(() => (said += 1), 100, clock);
  await clock.advance(99);
  expect(said).toBe(0);
  await clock.advance(151);
  expect(said).toBe(2);
  stop();
  await clock.advance(1_000);
  expect([said, clock.pendingTimers]).toEqual([2, 0]);
});

test("may be stopped by what it says", async () => {
  const clock = createFakeClock();
  let said = 0;
  const stop = keepAlive(
    () => {
      said += 1;
      stop();
    },
    100,
    clock,
  );
  await clock.advance(1_000);
  expect([said, clock.pendingTimers]).toEqual([1, 0]);
});

test("0 is never", () => {
  const clock = createFakeClock();
  const stop = keepAlive(() => {}, 0, clock);
  expect(clock.pendingTimers).toBe(0);
  stop();
});
