import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.js";

const policy = { consecutiveFailures: 3, openMs: 10_000, accountOpenMs: 60_000 };

function createBreaker(chance = 0) {
  const clock = createFakeClock();
  return { clock, breaker: new CircuitBreaker(policy, clock, () => chance) };
}

function open(breaker: CircuitBreaker) {
  for (let failures = 0; failures < policy.consecutiveFailures; failures += 1) breaker.failed();
}

test("failures in a row open it; a success in between starts the count again", () => {
  const { breaker } = createBreaker();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect(breaker.state).toBe("closed");
  breaker.released();
  breaker.failed();
  expect(breaker.state).toBe("open");
  expect(breaker.permit()).toBe(false);
});

test("passes nothing while open, then says half_open", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  expect(breaker.retryAfterMs).toBe(10_000);
  await clock.advance(9_999);
  expect(breaker.state).toBe("open");
  expect(breaker.permit()).toBe(false);
  expect(breaker.retryAfterMs).toBe(1);
  await clock.advance(1);
  expect(breaker.state).toBe("half_open");
  expect(breaker.retryAfterMs).toBe(0);
});

test("stays open up to a tenth longer by chance", async () => {
  const { clock, breaker } = createBreaker(0.5);
  open(breaker);
  expect(breaker.retryAfterMs).toBe(10_500);
  await clock.advance(10_499);
  expect(breaker.state).toBe("open");
});

test("half open, one probe at a time passes", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  await clock.advance(10_000);
  expect(breaker.permit()).toBe(true);
  expect(breaker.permit()).toBe(false);
  breaker.released();
  expect(breaker.permit()).toBe(true);
  expect(breaker.permit()).toBe(false);
});

test("while a probe is under way it does not say that a call may pass at once", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  await clock.advance(10_000);
  breaker.permit();
  expect(breaker.permit()).toBe(false);
  expect(breaker.retryAfterMs).toBe(10_000);
});

test("a probe's success closes it", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  await clock.advance(10_000);
  breaker.permit();
  breaker.succeeded();
  expect(breaker.state).toBe("closed");
  breaker.failed();
  breaker.failed();
  expect(breaker.state).toBe("closed");
});

test("a probe's failure opens it again, at once", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  await clock.advance(10_000);
  breaker.permit();
  breaker.failed();
  expect(breaker.state).toBe("open");
  expect(breaker.retryAfterMs).toBe(10_000);
});

test("a probe's failure opens it again after a refused account too", async () => {
  const { clock, breaker } = createBreaker();
  breaker.accountRefused();
  await clock.advance(60_000);
  breaker.permit();
  breaker.failed();
  expect(breaker.retryAfterMs).toBe(10_000);
});

test("a refused account opens it at once, and longer", async () => {
  const { clock, breaker } = createBreaker();
  breaker.accountRefused();
  expect(breaker.state).toBe("open");
  expect(breaker.retryAfterMs).toBe(60_000);
  open(breaker);
  expect(breaker.retryAfterMs).toBe(60_000);
  await clock.advance(60_000);
  expect(breaker.permit()).toBe(true);
});
