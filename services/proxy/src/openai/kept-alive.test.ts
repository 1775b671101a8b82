import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { keptAlive } from "./kept-alive.js";

/** Items that come when they are told to. */
function start(intervalMs: number) {
  const clock = createFakeClock();
  const pushes: ((item: string | undefined) => void)[] = [];
  let left = false;
  async function* items() {
    try {
      for (;;) {
        const item = await new Promise<string | undefined>((resolve) => pushes.push(resolve));
        if (item === undefined) return;
        yield item;
      }
    } finally {
      left = true;
    }
  }
  const got: string[] = [];
  const iterator = keptAlive(items(), () => "filler", intervalMs, clock);
  const run = (async () => {
    for await (const item of iterator) got.push(item);
  })();
  const push = async (item: string | undefined) => {
    pushes.shift()?.(item);
    await clock.advance(0);
  };
  return { clock, got, iterator, run, push, hasLeft: () => left };
}

test("fills the wait for the first item, and no other", async () => {
  const { clock, got, push, run } = start(100);
  await clock.advance(250);
  expect(got).toEqual(["filler", "filler"]);
  await push("a");
  await clock.advance(1_000);
  await push("b");
  await push(undefined);
  await run;
  expect(got).toEqual(["filler", "filler", "a", "b"]);
  expect(clock.pendingTimers).toBe(0);
});

test("an item in time has no filler before it, and leaves no timer", async () => {
  const { clock, got, push } = start(100);
  await clock.advance(99);
  await push("a");
  expect(got).toEqual(["a"]);
  expect(clock.pendingTimers).toBe(0);
});

test("0 is never", async () => {
  const { clock, got, push } = start(0);
  await clock.advance(100_000);
  await push("a");
  expect(got).toEqual(["a"]);
});

test("a failure of the first item comes through, and leaves no timer", async () => {
  const clock = createFakeClock();
  const failing = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("cut")) }),
  };
  await expect(keptAlive(failing, () => "filler", 100, clock).next()).rejects.toThrow("cut");
  expect(clock.pendingTimers).toBe(0);
});

test("leaving while nothing has come does not wait for it", async () => {
  const { clock, iterator, run, push, hasLeft } = start(100);
  await clock.advance(100);
  // The loop above waits for its next item: leaving is heard after it.
  const leaving = iterator.return?.();
  await push(undefined);
  await leaving;
  await run;
  expect(hasLeft()).toBe(true);
});
