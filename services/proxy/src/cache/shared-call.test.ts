import { setImmediate } from "node:timers/promises";
import { type Attempt, CallEnded, createDeadline } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { CallError } from "@meridian/dispatch";
import { expect, test } from "vitest";
import { exampleAttempt, exampleDeployment } from "../testing/example-route.js";
import { createSharedCall, type SharedCaller, type SharedEvent, type SharedJob } from "./shared-call.js";

const usage = undefined;
const attempt: Attempt = { ...exampleAttempt, costNanoUsd: 7n };
const text = (piece: string): SharedEvent => ({ type: "text-delta", choice: 0, text: piece, logprobs: [] });

/** A call whose source says what `say` and `fail` tell it to, and ends as dispatch does with its deadline. */
function begin(maxHeldLength = 1_000) {
  const clock = createFakeClock();
  const said: (SharedEvent | Error)[] = [];
  let wake = () => {};
  let isClosed = false;
  let taken = 0;
  let job: SharedJob | undefined;
  const start = async function* (given: SharedJob): AsyncGenerator<readonly SharedEvent[], void, undefined> {
    job = given;
    const { signal } = given.deadline;
    // As dispatch does, whatever its consumer is at.
    const onEnd = () => {
      given.onAttempt({ ...attempt, outcome: "canceled" });
      wake();
    };
    signal.addEventListener("abort", onEnd);
    try {
      for (;;) {
        const next = said.shift();
        if (next instanceof Error) throw next;
        if (next !== undefined) {
          taken += 1;
          yield [next];
          if (next.type === "stream-end") return;
        } else if (signal.aborted) {
          throw signal.reason instanceof CallEnded ? new CallError(signal.reason.failure, []) : signal.reason;
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener("abort", onEnd);
    }
  };
  const call = createSharedCall({
    start,
    maxHeldLength,
    onClosed() {
      isClosed = true;
    },
  });
  const join = (timeoutMs = 60_000) => {
    const paid: Attempt[] = [];
    const deadline = createDeadline(clock, timeoutMs);
    const caller: SharedCaller = { deadline, onAttempt: (ended) => void paid.push(ended) };
    return { deadline, paid, events: call.join(caller) };
  };
  return {
    clock,
    join,
    isClosed: () => isClosed,
    taken: () => taken,
    remainingMs: () => job?.deadline.remainingMs(),
    isEnded: () => job?.deadline.signal.aborted,
    pay: () => job?.onAttempt(attempt),
    say(...events: readonly (SharedEvent | Error)[]) {
      said.push(...events);
      wake();
    },
  };
}

const start: SharedEvent = {
  type: "stream-start",
  identity: { id: "x", created: 1 },
  deployment: exampleDeployment,
  attempts: [],
};
const end: SharedEvent = {
  type: "stream-end",
  ends: [{ choice: 0, finishReason: "stop" }],
  usage,
  deployment: exampleDeployment,
  attempts: [attempt],
};

async function textOf(batches: AsyncIterable<readonly object[]>): Promise<string> {
  let all = "";
  for await (const batch of batches) for (const event of batch) if ("text" in event) all += String(event.text);
  return all;
}

test("a late caller gets what has come, and then the rest; the first one answers for it", async () => {
  const call = begin();
  const one = call.join();
  call.say(start, text("a"));
  await one.events.next();
  await one.events.next();
  const other = call.join();
  call.pay();
  call.say(text("b"), end);
  expect(await Promise.all([textOf(one.events), textOf(other.events)])).toEqual(["b", "ab"]);
  expect([one.paid.length, other.paid.length]).toEqual([1, 0]);
  expect(call.isClosed()).toBe(true);
});

test("the relay is read no faster than the fastest caller takes, and a slow one holds nobody back", async () => {
  const call = begin();
  const [fast, slow] = [call.join(), call.join()];
  call.say(start, text("a"), text("b"), text("c"));
  await slow.events.next();
  await fast.events.next();
  expect(call.taken()).toBe(1);
  for (let event = 0; event < 3; event += 1) await fast.events.next();
  expect(call.taken()).toBe(4);
  call.say(end);
  expect(await textOf(fast.events)).toBe("");
  expect(await textOf(slow.events)).toBe("abc");
});

test("one that falls too far behind in a long call fails, and the others do not", async () => {
  const call = begin(10);
  const [fast, slow] = [call.join(), call.join()];
  call.say(start, ...Array.from({ length: 9 }, () => text("12345")), end);
  await slow.events.next();
  expect(await textOf(fast.events)).toBe("12345".repeat(9));
  expect(call.isClosed()).toBe(true);
  await expect(textOf(slow.events)).rejects.toMatchObject({ failure: { kind: "stream_truncated" } });
});

test("of a long call a caller alone holds nothing", async () => {
  const call = begin(10);
  const { events } = call.join();
  call.say(start, ...Array.from({ length: 50 }, () => text("12345")), end);
  expect(await textOf(events)).toHaveLength(250);
});

test("a caller that leaves leaves what it pays for to the next; the last one ends the call", async () => {
  const call = begin();
  const [one, other] = [call.join(), call.join()];
  call.say(start, text("a"));
  await one.events.next();
  await other.events.next();
  await one.events.return();
  expect(call.isEnded()).toBe(false);
  await other.events.return();
  expect(call.isEnded()).toBe(true);
  expect(call.isClosed()).toBe(true);
  expect([one.paid, other.paid.map(({ outcome }) => outcome)]).toEqual([[], ["canceled"]]);
});

test("each caller has its own deadline, and the call that of the last", async () => {
  const call = begin();
  const [short, long] = [call.join(100), call.join(1_000)];
  call.say(start, text("a"));
  const all = [short, long].map(({ events }) => textOf(events));
  const told = Promise.allSettled(all);
  await setImmediate();
  expect(call.remainingMs()).toBe(1_000);
  await call.clock.advance(100);
  await expect(all[0]).rejects.toMatchObject({ failure: { kind: "deadline_exceeded" }, attempts: [] });
  expect(call.isEnded()).toBe(false);
  await call.clock.advance(900);
  await expect(all[1]).rejects.toMatchObject({
    failure: { kind: "deadline_exceeded" },
    attempts: [{ outcome: "canceled" }],
  });
  expect((await told).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("one failure is told to all, each with its own attempts", async () => {
  const call = begin();
  const [one, other] = [call.join(), call.join()];
  const all = [one, other].map(({ events }) => textOf(events));
  const told = Promise.allSettled(all);
  await setImmediate();
  call.pay();
  call.say(start, text("a"), new CallError({ kind: "stream_truncated", deltas: 1 }, [attempt]));
  await expect(all[0]).rejects.toMatchObject({ failure: { kind: "stream_truncated" }, attempts: [attempt] });
  await expect(all[1]).rejects.toMatchObject({ failure: { kind: "stream_truncated" }, attempts: [] });
  await told;
});
