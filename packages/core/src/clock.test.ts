/// <reference types="node" />

import { getEventListeners } from "node:events";
import { delay } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";

test("resolves at its time, and leaves nothing behind", async () => {
  const clock = createFakeClock();
  const { signal } = new AbortController();
  let done = false;
  const waiting = delay(clock, 50, signal).then(() => {
    done = true;
  });
  await clock.advance(49);
  expect(done).toBe(false);
  await clock.advance(1);
  expect(done).toBe(true);
  await waiting;
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("rejects with the signal's reason as soon as it aborts, and leaves nothing behind", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const reason = new Error("gone");
  const waiting = delay(clock, 50, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(clock.now()).toBe(0);
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("sets no timer on a signal that has aborted before", async () => {
  const clock = createFakeClock();
  const reason = new Error("gone before");
  const signal = AbortSignal.abort(reason);
  await expect(delay(clock, 50, signal)).rejects.toBe(reason);
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an abort after the end changes nothing", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const waiting = delay(clock, 5, controller.signal);
  await clock.advance(5);
  controller.abort(new Error("late"));
  await expect(waiting).resolves.toBeUndefined();
});
