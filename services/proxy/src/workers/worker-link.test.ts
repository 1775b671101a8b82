import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createChannelPair } from "../testing/channel-pair.js";
import { type Answers, openLink } from "./worker-link.js";

type Sums = { add: { asked: readonly bigint[]; answered: bigint } };

function pair(answers: Answers<Sums>) {
  const clock = createFakeClock();
  const { left, right, close } = createChannelPair();
  const asker = openLink<Sums, Record<never, never>>(left, {}, clock);
  openLink<Record<never, never>, Sums>(right, answers, clock);
  return { asker, clock, close, right };
}

const sumOf = (numbers: readonly bigint[]) => numbers.reduce((sum, each) => sum + each, 0n);

test("questions are answered, each with its own", async () => {
  const { asker, clock } = pair({ add: async (numbers) => sumOf(numbers) });
  expect(await Promise.all([asker.ask("add", [1n, 2n]), asker.ask("add", [40n, 2n])])).toEqual([3n, 42n]);
  expect(clock.pendingTimers).toBe(0);
});

test("what fails there fails here, with its message", async () => {
  const { asker } = pair({
    add() {
      throw new Error("too many");
    },
  });
  await expect(asker.ask("add", [])).rejects.toThrow("too many");
});

test("waits for an answer no longer than five seconds", async () => {
  const { asker, clock } = pair({ add: () => new Promise(() => {}) });
  const asked = expect(asker.ask("add", [])).rejects.toThrow("no answer to add within 5000 ms");
  await clock.advance(5_000);
  await asked;
});

test("fails what waits, and what is asked later, when the other end is gone", async () => {
  const { asker, clock, close } = pair({ add: () => new Promise(() => {}) });
  const asked = expect(asker.ask("add", [])).rejects.toThrow("gone");
  close();
  await asked;
  await expect(asker.ask("add", [])).rejects.toThrow("gone");
  expect(clock.pendingTimers).toBe(0);
});

test.for([undefined, null, 7, "answer", {}, { kind: "other" }, { kind: "answer", id: 99 }])(
  "passes over a message of somebody else: %j",
  async (message) => {
    const { asker, right } = pair({ add: async (numbers) => sumOf(numbers) });
    right.send(Object(message));
    expect(await asker.ask("add", [5n])).toBe(5n);
  },
);

test("answers no question that it does not know, such as a name that every object has", async () => {
  const clock = createFakeClock();
  const { left, right } = createChannelPair();
  type Any = { constructor: { asked: undefined; answered: undefined } };
  const asker = openLink<Any, Record<never, never>>(left, {}, clock);
  openLink(right, {}, clock);
  await expect(asker.ask("constructor", undefined)).rejects.toThrow("nobody answers constructor");
});
