import { createFakeClock } from "@meridian/core/testing";
import { describe, expect, test } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.js";

const policy = {
  consecutiveFailures: 3,
  failureRate: 0.5,
  windowMs: 30_000,
  minimumCalls: 10,
  openMs: 10_000,
  accountOpenMs: 60_000,
};

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
  breaker.refused();
  await clock.advance(60_000);
  breaker.permit();
  breaker.failed();
  expect(breaker.retryAfterMs).toBe(10_000);
});

test("a refused account opens it at once, and longer", async () => {
  const { clock, breaker } = createBreaker();
  breaker.refused();
  expect(breaker.state).toBe("open");
  expect(breaker.retryAfterMs).toBe(60_000);
  open(breaker);
  expect(breaker.retryAfterMs).toBe(60_000);
  await clock.advance(60_000);
  expect(breaker.permit()).toBe(true);
});

/** Calls that end at once: an F failed, an S succeeded. */
function play(breaker: CircuitBreaker, ends: string) {
  for (const end of ends) {
    breaker.permit();
    if (end === "F") breaker.failed();
    else breaker.succeeded();
  }
}

test.each([
  ["half of enough calls", "SFSFSFSFSF", "open"],
  ["half of too few calls", "SFSFSFSFF", "closed"],
  ["less than half", "SFSSFSFSSFSF", "closed"],
  ["more than half, never three in a row", "FFSFFSFFSF", "open"],
])("failures in the window: %s: %s is %s", (_name, ends, state) => {
  const { breaker } = createBreaker();
  play(breaker, ends);
  expect(breaker.state).toBe(state);
});

test("failures that left the window count no more", async () => {
  const { clock, breaker } = createBreaker();
  play(breaker, "SFSFSFSF");
  await clock.advance(30_000);
  play(breaker, "SFSSSSSSSSS");
  play(breaker, "SF");
  expect(breaker.state).toBe("closed");
});

test("a probe's success forgets the failures that opened it", async () => {
  const { clock, breaker } = createBreaker();
  play(breaker, "SFSFSFSFSF");
  await clock.advance(10_000);
  play(breaker, "S");
  play(breaker, "SFSFSFSF");
  expect(breaker.state).toBe("closed");
});

test("a probe that takes longer than the breaker would be open does not hold back the next one", async () => {
  const { clock, breaker } = createBreaker();
  open(breaker);
  await clock.advance(10_000);
  expect(breaker.permit()).toBe(true);
  await clock.advance(9_999);
  expect(breaker.permit()).toBe(false);
  await clock.advance(1);
  expect(breaker.permit()).toBe(true);
  expect(breaker.permit()).toBe(false);
  breaker.succeeded();
  expect(breaker.state).toBe("closed");
});

test("says whether a call may pass without taking the permit", async () => {
  const { clock, breaker } = createBreaker();
  expect(breaker.isPassable).toBe(true);
  open(breaker);
  expect(breaker.isPassable).toBe(false);
  await clock.advance(10_000);
  expect(breaker.isPassable).toBe(true);
  expect(breaker.isPassable).toBe(true);
  breaker.permit();
  expect(breaker.isPassable).toBe(false);
});

test("tells when it opens, opens again and closes", async () => {
  const clock = createFakeClock();
  const changes: [number, string][] = [];
  const breaker = new CircuitBreaker(
    policy,
    clock,
    () => 0,
    (state) => changes.push([clock.now(), state]),
  );
  breaker.succeeded();
  open(breaker);
  breaker.refused();
  await clock.advance(60_000);
  breaker.permit();
  breaker.failed();
  await clock.advance(10_000);
  breaker.permit();
  breaker.succeeded();
  breaker.succeeded();
  expect(changes).toEqual([
    [0, "open"],
    [60_000, "open"],
    [70_000, "closed"],
  ]);
});

test("where many calls wait for an answer, so many must fail before one has succeeded", () => {
  const { breaker } = createBreaker();
  for (let call = 0; call < 100; call += 1) breaker.permit();
  for (let failures = 1; failures <= 33; failures += 1) breaker.failed();
  expect(breaker.state).toBe("closed");
  breaker.failed();
  expect(breaker.state).toBe("open");
});

test("calls that ended, in whichever way, are not waited for", () => {
  const { breaker } = createBreaker();
  for (let call = 0; call < 100; call += 1) {
    breaker.permit();
    if (call % 2 === 0) breaker.released();
    else breaker.released(breaker.beganToAnswer());
  }
  open(breaker);
  expect(breaker.state).toBe("open");
});

describe("a warning", () => {
  test("lets one call at a time pass, until one succeeds", () => {
    const { breaker } = createBreaker();
    breaker.warned();
    expect(breaker.state).toBe("half_open");
    expect([breaker.permit(), breaker.permit()]).toEqual([true, false]);
    breaker.released();
    expect(breaker.permit()).toBe(true);
    breaker.succeeded();
    expect(breaker.state).toBe("closed");
  });

  test("is borne out by one failure", () => {
    const { breaker } = createBreaker();
    breaker.warned();
    breaker.permit();
    breaker.failed();
    expect([breaker.state, breaker.retryAfterMs]).toEqual(["open", 10_000]);
  });

  test("does not open what is half open, nor half open what is open", async () => {
    const { clock, breaker } = createBreaker();
    open(breaker);
    breaker.warned();
    expect([breaker.state, breaker.retryAfterMs]).toEqual(["open", 10_000]);
    await clock.advance(10_000);
    breaker.permit();
    breaker.warned();
    expect([breaker.state, breaker.permit()]).toEqual(["half_open", false]);
  });

  test("takes their say from calls that began before", async () => {
    const { clock, breaker } = createBreaker();
    breaker.permit();
    await clock.advance(1);
    breaker.warned();
    expect([breaker.isOutdated(0), breaker.isOutdated(1)]).toEqual([true, false]);
  });
});

describe("a stream that has begun to answer", () => {
  test("ends the row of failures, though it has not ended itself", () => {
    const { breaker } = createBreaker();
    for (let stream = 0; stream < 100; stream += 1) {
      breaker.beganToAnswer();
      breaker.failed();
      breaker.beganToAnswer();
    }
    expect(breaker.state).toBe("closed");
  });

  test("and then fails does not: streams that break off open it as others do", () => {
    const { breaker } = createBreaker();
    for (let stream = 1; stream <= policy.consecutiveFailures; stream += 1) {
      expect(breaker.state).toBe("closed");
      breaker.failed(breaker.beganToAnswer());
    }
    expect(breaker.state).toBe("open");
  });

  test("and then fails does not bring back a row that successes have ended since", () => {
    const { breaker } = createBreaker();
    breaker.failed();
    breaker.failed();
    const sign = breaker.beganToAnswer();
    for (let calls = 0; calls < 20; calls += 1) breaker.succeeded();
    breaker.failed(sign);
    expect(breaker.state).toBe("closed");
  });

  test("counts once, whichever way it ends", () => {
    const { breaker } = createBreaker();
    for (let stream = 0; stream < 4; stream += 1) {
      breaker.succeeded(breaker.beganToAnswer());
      breaker.failed();
    }
    // Eight calls, four of which failed: two less than say something.
    expect(breaker.state).toBe("closed");
    breaker.succeeded(breaker.beganToAnswer());
    breaker.failed();
    expect(breaker.state).toBe("open");
  });

  test("leaves the breaker as it is: only the end of a probe closes it", async () => {
    const { clock, breaker } = createBreaker();
    open(breaker);
    await clock.advance(10_000);
    breaker.permit();
    const sign = breaker.beganToAnswer();
    expect(breaker.state).toBe("half_open");
    expect(breaker.permit()).toBe(false);
    breaker.failed(sign);
    expect(breaker.state).toBe("open");
  });
});
