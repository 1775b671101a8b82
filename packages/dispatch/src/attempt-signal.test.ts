/// <reference types="node" />
import { getEventListeners } from "node:events";
import { CallEnded } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createAttemptSignal } from "./attempt-signal.js";

function create(totalMs = 1_000) {
  const clock = createFakeClock();
  const call = new AbortController();
  const attempt = createAttemptSignal(clock, call.signal, totalMs);
  const left = () => ({
    timers: clock.pendingTimers,
    listeners: getEventListeners(call.signal, "abort").length,
  });
  return { clock, call, attempt, left };
}

const nothing = { timers: 0, listeners: 0 };

test("aborts when the whole attempt takes too long", async () => {
  const { clock, attempt, left } = create();
  await clock.advance(999);
  expect(attempt.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(attempt.signal.reason).toMatchObject({ failure: { kind: "attempt_limit", limitMs: 1_000 } });
  attempt.release();
  expect(left()).toEqual(nothing);
});

test("aborts with the call's own reason", () => {
  const { call, attempt, left } = create();
  const reason = new CallEnded({ kind: "canceled" });
  call.abort(reason);
  expect(attempt.signal.reason).toBe(reason);
  attempt.release();
  expect(left()).toEqual(nothing);
});

test("of a call that has ended before, it is aborted from the start", () => {
  const clock = createFakeClock();
  const reason = new CallEnded({ kind: "deadline_exceeded" });
  const call = AbortSignal.abort(reason);
  const attempt = createAttemptSignal(clock, call, 1_000);
  expect(attempt.signal.reason).toBe(reason);
  attempt.release();
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(call, "abort")).toHaveLength(0);
});

test("a phase's limit replaces the one before, and counts from then", async () => {
  const { clock, attempt } = create();
  attempt.limit("headers_limit", 100);
  await clock.advance(99);
  attempt.limit("first_token_limit", 50);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(49);
  expect(attempt.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(attempt.signal.reason).toMatchObject({ failure: { kind: "first_token_limit", limitMs: 50 } });
});

test("the first reason stands", async () => {
  const { clock, call, attempt } = create();
  attempt.limit("headers_limit", 10);
  await clock.advance(10);
  call.abort(new CallEnded({ kind: "canceled" }));
  expect(attempt.signal.reason).toMatchObject({ failure: { kind: "headers_limit" } });
});

test("a slow caller is not the relay's silence", async () => {
  const { clock, attempt } = create(1_000_000);
  attempt.limitWaits("idle_limit", 100);
  for (let event = 0; event < 5; event += 1) {
    attempt.waiting(true);
    await clock.advance(10);
    attempt.waiting(false);
    await clock.advance(777);
  }
  expect(attempt.signal.aborted).toBe(false);
});

test.each([
  ["from the start", 0],
  ["begun just before a check", 99],
  ["begun at a check", 100],
  ["begun just after a check", 101],
  ["begun long after", 1_234],
])("a single wait is cut at its limit to the millisecond, %s", async (_name, begunMs) => {
  const { clock, attempt } = create(1_000_000);
  attempt.limitWaits("idle_limit", 100);
  await clock.advance(begunMs);
  attempt.waiting(true);
  await clock.advance(99);
  expect(attempt.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(attempt.signal.reason).toMatchObject({ failure: { kind: "idle_limit", limitMs: 100 } });
});

test("many waits need one timer", async () => {
  const { clock, attempt, left } = create(1_000_000);
  attempt.limitWaits("idle_limit", 100);
  for (let event = 0; event < 50; event += 1) {
    attempt.waiting(true);
    await clock.advance(30);
    attempt.waiting(false);
  }
  expect(clock.pendingTimers).toBe(1);
  attempt.release();
  expect(left()).toEqual(nothing);
});

test("release stops every limit and does not abort", async () => {
  const { clock, call, attempt, left } = create();
  attempt.limit("headers_limit", 10);
  attempt.release();
  attempt.release();
  expect(left()).toEqual(nothing);
  await clock.advance(10_000);
  call.abort(new CallEnded({ kind: "canceled" }));
  expect(attempt.signal.aborted).toBe(false);
});
