import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";

test("calls timers in order, each at its exact time", async () => {
  const clock = createFakeClock();
  const calls: [string, number][] = [];
  clock.schedule(30, () => calls.push(["late", clock.now()]));
  clock.schedule(10, () => {
    calls.push(["early", clock.now()]);
    clock.schedule(5, () => calls.push(["nested", clock.now()]));
  });
  await clock.advance(29);
  expect(calls).toEqual([
    ["early", 10],
    ["nested", 15],
  ]);
  expect(clock.now()).toBe(29);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(1);
  expect(calls.at(-1)).toEqual(["late", 30]);
  expect(clock.pendingTimers).toBe(0);
});

test("a canceled timer is neither pending nor called", async () => {
  const clock = createFakeClock();
  let called = false;
  const cancel = clock.schedule(10, () => {
    called = true;
  });
  cancel();
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(100);
  expect(called).toBe(false);
});

test("lets promises settle between two timers, so that one set by a promise still fires on time", async () => {
  const clock = createFakeClock();
  const firedAtMs: number[] = [];
  const wait = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve));
  const run = async () => {
    for (const ms of [10, 20, 30]) {
      await wait(ms);
      firedAtMs.push(clock.now());
    }
  };
  const running = run();
  await clock.advance(100);
  await running;
  expect(firedAtMs).toEqual([10, 30, 60]);
});
