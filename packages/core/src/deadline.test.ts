import { CallEnded, createDeadline } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";

test("aborts at its time with a CallEnded that says deadline_exceeded", async () => {
  const clock = createFakeClock();
  const deadline = createDeadline(clock, 300);
  await clock.advance(299);
  expect(deadline.signal.aborted).toBe(false);
  expect(deadline.remainingMs()).toBe(1);
  await clock.advance(1);
  expect(deadline.signal.aborted).toBe(true);
  expect(deadline.signal.reason).toBeInstanceOf(CallEnded);
  expect(deadline.signal.reason).toMatchObject({ failure: { kind: "deadline_exceeded" } });
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(1_000);
  expect(deadline.remainingMs()).toBe(0);
});

test("a budget that is over already aborts in the next turn, and asks no clock for a time before now", async () => {
  const clock = createFakeClock();
  const delaysMs: number[] = [];
  const schedule: typeof clock.schedule = (delayMs, callback) => {
    delaysMs.push(delayMs);
    return clock.schedule(delayMs, callback);
  };
  const deadline = createDeadline({ ...clock, schedule }, -27);
  expect(deadline.remainingMs()).toBe(0);
  expect(delaysMs).toEqual([0]);
  await clock.advance(0);
  expect(deadline.signal.reason).toMatchObject({ failure: { kind: "deadline_exceeded" } });
});

test("an end aborts at once with a CallEnded that says canceled, and frees the timer", () => {
  const clock = createFakeClock();
  const deadline = createDeadline(clock, 300);
  deadline.end("canceled");
  expect(deadline.signal.reason).toMatchObject({ name: "CallEnded", failure: { kind: "canceled" } });
  expect(clock.pendingTimers).toBe(0);
});

test("the first end wins", async () => {
  const clock = createFakeClock();
  const late = createDeadline(clock, 10);
  await clock.advance(10);
  late.end("canceled");
  expect(late.signal.reason).toMatchObject({ failure: { kind: "deadline_exceeded" } });

  const early = createDeadline(clock, 10);
  early.end("canceled");
  await clock.advance(10);
  expect(early.signal.reason).toMatchObject({ failure: { kind: "canceled" } });
});

test("release frees the timer; nothing aborts the signal afterwards", async () => {
  const clock = createFakeClock();
  const deadline = createDeadline(clock, 10);
  deadline.release();
  expect(clock.pendingTimers).toBe(0);
  deadline.end("canceled");
  await clock.advance(1_000);
  expect(deadline.signal.aborted).toBe(false);
});
