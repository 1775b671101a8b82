import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { type AdmissionWorld, createAdmission } from "./admission.js";

const limits = { maxCalls: 1_000, maxQueuedCalls: 500, maxQueueMs: 5_000, targetDelayMs: 10 };

/**
 * A door at a loop whose turns the test ends, and callers who write down what becomes of them. `accepts`: a connection is accepted in
 * each turn, so that one call goes on or begins at its end.
 */
function createDoor(overrides: Partial<typeof limits> = {}, { accepts = true } = {}) {
  const clock = createFakeClock();
  const turnEnds: (() => void)[] = [];
  const world: AdmissionWorld = { clock, atEndOfTurn: (callback) => turnEnds.push(callback), random: () => 0 };
  const admission = createAdmission({ ...limits, ...overrides }, world);
  const fates: string[] = [];
  return {
    clock,
    admission,
    /** What became of each call, in the order in which it did. */
    fates,
    /** Whether the loop has to call back. */
    isWatched: () => turnEnds.length > 0,
    endTurn() {
      if (accepts) admission.connectionCame();
      for (const callback of turnEnds.splice(0)) callback();
    },
    arrive(name: string, remainingMs = Number.POSITIVE_INFINITY) {
      const entry = admission.enter({
        remainingMs,
        begin: () => fates.push(`${name} begins`),
        giveUp: ({ kind }) => fates.push(`${name}: ${kind}`),
      });
      if (entry.kind === "taken") return entry.leave;
      fates.push(`${name} is refused for ${entry.failure.retryAfterMs} ms`);
      return () => {};
    },
  };
}

/** A process whose calls take 10 ms of CPU each, and to which in that time so many come. */
async function overload(door: ReturnType<typeof createDoor>, callsPerTurn: number, forMs: number) {
  for (let ms = 0; ms < forMs; ms += 10) {
    door.arrive("call");
    await door.clock.advance(10);
    for (let each = 1; each < callsPerTurn; each += 1) door.arrive("call");
    door.endTurn();
  }
}

test("calls begin at once while there is room and the turn is young", () => {
  const door = createDoor();
  for (const name of ["a", "b", "c"]) door.arrive(name);
  expect(door.fates).toEqual(["a begins", "b begins", "c begins"]);
  expect(door.admission.state()).toEqual({ runningCalls: 3, queuedCalls: 0, expectedWaitMs: 0 });
  door.endTurn();
  expect(door.isWatched()).toBe(false);
});

test("in a turn that has lasted its time calls wait; then one begins a turn, in their order", async () => {
  const door = createDoor();
  door.arrive("a");
  await door.clock.advance(10);
  for (const name of ["b", "c", "d"]) door.arrive(name);
  expect(door.fates).toEqual(["a begins"]);
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins"]);
  door.endTurn();
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins", "c begins", "d begins"]);
  door.endTurn();
  expect(door.isWatched()).toBe(false);
});

test("where no connection is accepted, up to sixteen begin a turn", async () => {
  const door = createDoor({}, { accepts: false });
  door.arrive("first");
  await door.clock.advance(10);
  for (let each = 0; each < 20; each += 1) door.arrive("more");
  door.endTurn();
  expect(door.admission.state()).toMatchObject({ runningCalls: 17, queuedCalls: 4 });
  door.endTurn();
  expect(door.admission.state()).toMatchObject({ runningCalls: 21, queuedCalls: 0 });
  door.endTurn();
  expect(door.isWatched()).toBe(false);
});

test("no more begin a turn than in a seventh of a millisecond, and one in any case", () => {
  // Of which time passes while calls begin, as the fake clock's does not.
  let nowMs = 0;
  const clock = { now: () => nowMs, schedule: () => () => {} };
  const turnEnds: (() => void)[] = [];
  const admission = createAdmission(limits, { clock, atEndOfTurn: (end) => turnEnds.push(end), random: () => 0 });
  const began: number[] = [];
  for (const takesMs of [10, 0.08, 0.08, 0.08, 1, 1, 0.08])
    admission.enter({
      remainingMs: Number.POSITIVE_INFINITY,
      begin() {
        began.push(takesMs);
        nowMs += takesMs;
      },
      giveUp() {},
    });
  const turns = Array.from({ length: 5 }, () => {
    const before = began.length;
    turnEnds.pop()?.();
    return began.slice(before);
  });
  expect(turns).toEqual([[0.08, 0.08], [0.08, 1], [1], [0.08], []]);
});

test("a turn in which a connection is accepted begins one, the next as many as before", async () => {
  const door = createDoor({}, { accepts: false });
  door.arrive("first");
  await door.clock.advance(10);
  for (const name of ["a", "b", "c", "d"]) door.arrive(name);
  door.admission.connectionCame();
  door.endTurn();
  expect(door.fates).toEqual(["first begins", "a begins"]);
  door.endTurn();
  expect(door.fates).toEqual(["first begins", "a begins", "b begins", "c begins", "d begins"]);
});

test("a call that comes while others wait does not pass them", async () => {
  const door = createDoor();
  door.arrive("a");
  await door.clock.advance(10);
  for (const name of ["b", "c"]) door.arrive(name);
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins"]);
  door.arrive("d");
  door.endTurn();
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins", "c begins", "d begins"]);
});

test("however many come, one of those that wait begins in every turn", async () => {
  const door = createDoor();
  door.arrive("first");
  await door.clock.advance(10);
  for (let turn = 1; turn <= 50; turn += 1) {
    for (let each = 0; each < 3; each += 1) door.arrive("more");
    door.endTurn();
    expect(door.admission.state()).toMatchObject({ runningCalls: 1 + turn, queuedCalls: 2 * turn });
  }
});

test("a pause of any length refuses nobody", async () => {
  const door = createDoor();
  door.arrive("before");
  await door.clock.advance(2_000);
  for (let each = 0; each < 300; each += 1) door.arrive("after", 120_000);
  for (let turn = 0; turn < 302; turn += 1) door.endTurn();
  expect(door.fates).toHaveLength(301);
  expect(door.fates.every((fate) => fate.endsWith("begins"))).toBe(true);
});

test("above the limit of running calls one begins when another is over", () => {
  const door = createDoor({ maxCalls: 2 });
  const leave = door.arrive("a");
  for (const name of ["b", "c", "d"]) door.arrive(name);
  door.endTurn();
  door.endTurn();
  expect(door.isWatched()).toBe(false);
  expect(door.fates).toEqual(["a begins", "b begins"]);
  leave();
  leave();
  door.endTurn();
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins", "c begins"]);
  expect(door.admission.state()).toMatchObject({ runningCalls: 2, queuedCalls: 1 });
});

/** A call of a door whose relay answers: its fate says when it goes on. */
function answer({ admission, fates }: ReturnType<typeof createDoor>, name: string): void {
  const turn = admission.goOn();
  if (turn === undefined) fates.push(`${name} goes on`);
  else void turn.then(() => fates.push(`${name} goes on later`));
}

/** So many answers, each 2 ms after the one before: after five a burst has lasted for the time of a turn, and a turn begins. */
async function burst(door: ReturnType<typeof createDoor>, answers: number): Promise<void> {
  const seen = door.fates.length;
  for (let each = 1; each <= answers; each += 1) {
    answer(door, "one");
    await door.clock.advance(2);
  }
  expect(door.fates.slice(seen)).toEqual(Array.from({ length: answers }, () => "one goes on"));
}

/** At the end of each of the next turns one thing happens, and nothing after it. */
async function expectOnePerTurn(door: ReturnType<typeof createDoor>, ...fates: readonly string[]): Promise<void> {
  for (const fate of fates) {
    const seen = door.fates.length;
    door.endTurn();
    await Promise.resolve();
    expect(door.fates.slice(seen)).toEqual([fate]);
  }
}

test("of answers that come together those go on at once that fit a turn; the others one a turn, before calls begin", async () => {
  const door = createDoor();
  await burst(door, 5);
  expect(door.isWatched()).toBe(false);
  await burst(door, 5);
  for (const name of ["a", "b"]) answer(door, name);
  door.arrive("call");
  await expectOnePerTurn(door, "a goes on later", "b goes on later", "call begins");
  // After a pause there is no burst.
  await door.clock.advance(3);
  answer(door, "c");
  expect(door.fates.at(-1)).toBe("c goes on");
});

test("an answer that comes while others wait lets the oldest of them go on, where the turn is young", async () => {
  const door = createDoor();
  await burst(door, 10);
  for (const name of ["a", "b"]) answer(door, name);
  door.endTurn();
  answer(door, "c");
  await Promise.resolve();
  expect(door.fates.slice(-2)).toEqual(["a goes on later", "b goes on later"]);
  await expectOnePerTurn(door, "c goes on later");
});

test("while calls wait to begin, answers of a burst go on one a turn", async () => {
  const door = createDoor();
  await burst(door, 10);
  for (const name of ["first", "second"]) door.arrive(name);
  door.endTurn();
  for (const name of ["a", "b"]) answer(door, name);
  expect(door.fates.at(-1)).toBe("first begins");
  await expectOnePerTurn(door, "a goes on later", "b goes on later", "second begins");
});

test("a full queue refuses at once, and says when to come back", () => {
  const door = createDoor({ maxCalls: 1, maxQueuedCalls: 1 });
  for (const name of ["a", "b", "c"]) door.arrive(name);
  expect(door.fates).toEqual(["a begins", "c is refused for 1000 ms"]);
});

test("a burst may wait; what lasts for longer than a second is no burst, and is kept to a hundred calls", async () => {
  const door = createDoor();
  await overload(door, 3, 1_000);
  // Of three calls one begins: after a second two hundred wait, and the last of them has to wait for two.
  expect(door.admission.state().queuedCalls).toBeGreaterThanOrEqual(195);
  expect(door.fates.every((fate) => fate.endsWith("begins"))).toBe(true);
  await overload(door, 3, 3_000);
  expect(door.admission.state().queuedCalls).toBeLessThanOrEqual(100);
  expect(door.fates.some((fate) => fate.endsWith("refused for 1000 ms"))).toBe(true);
  // No time went by unused: a call has begun in every ten milliseconds.
  expect(door.fates.filter((fate) => fate.endsWith("begins")).length).toBeGreaterThanOrEqual(400);
});

test("a standing queue is kept to five turns where those are more than a hundred calls", async () => {
  const door = createDoor({ maxCalls: 1_000_000 });
  for (let ms = 0; ms < 3_000; ms += 10) {
    door.arrive("call");
    await door.clock.advance(10);
    for (let each = 1; each < 50; each += 1) door.arrive("call");
    // As if a call took a fifth of a millisecond.
    for (let each = 0; each < 40; each += 1) door.endTurn();
  }
  const { queuedCalls, expectedWaitMs } = door.admission.state();
  expect(queuedCalls).toBeGreaterThan(150);
  expect(expectedWaitMs).toBeLessThanOrEqual(65);
});

test("an overload that pauses is no new burst, one that comes back later is", async () => {
  const drained = async (door: ReturnType<typeof createDoor>) => {
    await overload(door, 3, 3_000);
    while (door.admission.state().queuedCalls > 0) door.endTurn();
  };
  const soon = createDoor();
  await drained(soon);
  await soon.clock.advance(100);
  for (let call = 0; call < 400; call += 1) soon.arrive("call");
  await soon.clock.advance(10);
  for (let call = 0; call < 400; call += 1) soon.arrive("call");
  expect(soon.admission.state().queuedCalls).toBeLessThanOrEqual(100);
  const later = createDoor();
  await drained(later);
  await later.clock.advance(500);
  await overload(later, 3, 800);
  expect(later.admission.state().queuedCalls).toBeGreaterThan(150);
});

test("what came in a pause, and is read in long turns after it, refuses nobody who comes meanwhile", async () => {
  const door = createDoor();
  door.arrive("call");
  await door.clock.advance(60);
  for (let call = 0; call < 100; call += 1) door.arrive("call", 1_000);
  door.endTurn();
  for (let turn = 0; turn < 22; turn += 1) {
    await door.clock.advance(10);
    door.arrive("call", 1_000);
    door.endTurn();
  }
  expect(door.fates.filter((fate) => !fate.endsWith("begins"))).toEqual([]);
  expect(door.admission.state().queuedCalls).toBeGreaterThan(90);
});

test("callers that each make one call after the other are not refused, whatever pauses there are", async () => {
  const door = createDoor();
  for (let caller = 0; caller < 100; caller += 1) door.arrive("call");
  for (let call = 0; call < 1_000; call += 1) {
    await door.clock.advance(call % 100 === 99 ? 90 : 1);
    door.endTurn();
    door.arrive("call");
  }
  expect(door.fates.filter((fate) => !fate.endsWith("begins"))).toEqual([]);
});

test("a call that would wait for more than a quarter of its time is refused, one with more time waits", async () => {
  const door = createDoor();
  await overload(door, 3, 1_000);
  const { expectedWaitMs } = door.admission.state();
  expect(expectedWaitMs).toBeGreaterThan(1_000);
  const seen = door.fates.length;
  door.arrive("hasty", expectedWaitMs * 3.9);
  door.arrive("patient", expectedWaitMs * 4.1);
  expect(door.fates.slice(seen)).toEqual([expect.stringMatching(/^hasty is refused for \d+ ms$/)]);
});

test("the delay is longer where the wait is, and not the same for all", () => {
  const delays = [0, 0.5, 0.999].map((random) => {
    const admission = createAdmission(
      { ...limits, maxCalls: 1, maxQueuedCalls: 0 },
      { clock: createFakeClock(), atEndOfTurn: () => {}, random: () => random },
    );
    const call = { remainingMs: 1_000, begin() {}, giveUp() {} };
    admission.enter(call);
    const entry = admission.enter(call);
    return entry.kind === "refused" ? entry.failure.retryAfterMs : undefined;
  });
  expect(delays).toEqual([1_000, 1_500, 2_000]);
});

test("a caller that leaves the queue leaves no timer behind", async () => {
  const door = createDoor({ maxCalls: 1 });
  door.arrive("a");
  const leave = door.arrive("b");
  expect(door.clock.pendingTimers).toBe(1);
  leave();
  expect(door.clock.pendingTimers).toBe(0);
  expect(door.admission.state()).toMatchObject({ runningCalls: 1, queuedCalls: 0 });
  await door.clock.advance(10_000);
  expect(door.fates).toEqual(["a begins"]);
});

test("a call whose deadline passes in the queue ends with that, one without after maxQueueMs", async () => {
  const door = createDoor({ maxCalls: 1 });
  door.arrive("a");
  const leave = door.arrive("b", 700);
  door.arrive("c");
  await door.clock.advance(700);
  expect(door.fates).toEqual(["a begins", "b: deadline_exceeded"]);
  leave();
  await door.clock.advance(4_300);
  expect(door.fates).toEqual(["a begins", "b: deadline_exceeded", "c: too_many_calls"]);
  expect(door.admission.state()).toMatchObject({ runningCalls: 1, queuedCalls: 0 });
});

test("closing ends those that wait and those that come later, not those that run", () => {
  const door = createDoor({ maxCalls: 1 });
  for (const name of ["a", "b", "c"]) door.arrive(name);
  door.admission.close();
  door.arrive("d");
  expect(door.fates).toEqual(["a begins", "b: shutting_down", "c: shutting_down", "d: shutting_down"]);
  expect(door.admission.state()).toMatchObject({ runningCalls: 1, queuedCalls: 0 });
  expect(door.clock.pendingTimers).toBe(0);
});

test("other limits hold from then on, and make room for calls that wait", () => {
  const door = createDoor({ maxCalls: 1 });
  for (const name of ["a", "b", "c"]) door.arrive(name);
  door.admission.setLimits({ ...limits, maxCalls: 2 });
  door.endTurn();
  door.endTurn();
  expect(door.fates).toEqual(["a begins", "b begins"]);
  door.admission.setLimits({ ...limits, maxCalls: 1, maxQueuedCalls: 1 });
  door.arrive("d");
  expect(door.fates.at(-1)).toMatch(/^d is refused/);
});
