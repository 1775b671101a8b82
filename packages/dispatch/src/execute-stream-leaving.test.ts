import type { CallEndKind, Deployment } from "@meridian/core";
import { expect, test } from "vitest";
import { CallError } from "./call-error.js";
import { executeStream } from "./execute-stream.js";
import { answerOf, end, fault, overloaded, reported, silence, text, usage, wait } from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { candidateOf, type ScenarioOptions, settled } from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

/** Takes batches one at a time; each take moves the clock far enough for the relay to give one. */
function open(options: ScenarioOptions) {
  const scenario = create(options);
  const ends: [string, string][] = [];
  const health = {
    ...scenario.health,
    record: ({ endpoint, model, credential }: Deployment, { outcome }: { readonly outcome: string }) => {
      ends.push([`${endpoint.name}/${model.id}/${credential.name}`, outcome]);
    },
  };
  const stream = executeStream(scenario.job, { ...scenario.dependencies, health });
  const take = async (withinMs = 0) => {
    const { value, error } = await settled(scenario.clock, stream.next(), withinMs);
    if (error !== undefined) throw error;
    return value?.value;
  };
  return { ...scenario, stream, take, ends };
}

const endless = { steps: [text("a"), text("b"), text("c"), silence] };

test.each([
  ["after the start and the first delta", 1],
  ["in the middle", 2],
])("leaving %s closes the relay's stream and records canceled", async (_name, batches) => {
  const { take, stream, relay, clock, ends } = open({ scripts: [endless] });
  for (let taken = 0; taken < batches; taken += 1) await take();
  expect(relay.open).toBe(1);
  await stream.return();
  expect(relay.open).toBe(0);
  expect(ends).toEqual([["a/model/key", "canceled"]]);
  expect(clock.pendingTimers).toBe(1); // the deadline's, which the caller releases
});

test("leaving with break does the same", async () => {
  const scenario = create({ scripts: [endless] });
  const leave = async () => {
    for await (const batch of executeStream(scenario.job, scenario.dependencies))
      if (batch.some(({ type }) => type === "text-delta")) break;
  };
  await settled(scenario.clock, leave(), 0);
  expect(scenario.relay.open).toBe(0);
});

test("leaving on the end itself changes nothing", async () => {
  const { take, stream, ends } = open({ scripts: [{ steps: [text("a"), end()] }] });
  let event = (await take())?.at(-1);
  while (event?.type !== "stream-end") event = (await take())?.at(-1);
  await stream.return();
  expect(event.attempts).toMatchObject([{ outcome: "ok" }]);
  expect(ends).toEqual([["a/model/key", "ok"]]);
});

test("leaving before the first event asks nobody", async () => {
  const { stream, relay } = open({ scripts: [] });
  await stream.return();
  expect(relay.received).toEqual([]);
});

test("leaving a whole answer told as a stream still bills what the relay reported", async () => {
  const scripts = [{ steps: [silence] }, { answer: answerOf("hello", reported(6, 50)) }];
  const { take, stream } = open({ candidates: [candidateOf("a")], scripts });
  const [start] = (await take(8_000)) ?? [];
  if (start?.type !== "stream-start") throw new Error("a stream begins with its start");
  await stream.return();
  expect(start.attempts).toMatchObject([
    { outcome: "first_token_limit" },
    { outcome: "canceled", usage: reported(6, 50), costProvenance: "reported" },
  ]);
});

test("who has left finds the canceled attempt, and its cost, in the list of the last event", async () => {
  const { take, stream } = open({ scripts: [endless] });
  const [start] = (await take()) ?? [];
  if (start?.type !== "stream-start") throw new Error("a stream begins with its start");
  expect(start.attempts).toEqual([]);
  await stream.return();
  expect(start.attempts).toMatchObject([{ outcome: "canceled", status: 200, costNanoUsd: 8_000n }]);
});

test.each<CallEndKind>(["canceled", "deadline_exceeded", "shutting_down"])(
  "a consumer that never comes back: the attempt ends with the call, %s, without it",
  async (kind) => {
    const { take, stream, deadline, ends } = open({ scripts: [endless] });
    const [start] = (await take()) ?? [];
    if (start?.type !== "stream-start") throw new Error("a stream begins with its start");
    deadline.end(kind);
    expect(ends).toEqual([["a/model/key", kind]]);
    expect(start.attempts).toMatchObject([{ outcome: kind, status: 200, costNanoUsd: 8_000n }]);
    await stream.return();
    expect(ends).toHaveLength(1);
    expect(start.attempts).toHaveLength(1);
  },
);

test("return() while next() is pending waits for it, then closes the relay's stream", async () => {
  const { stream, clock, relay, ends } = open({ scripts: [{ steps: [wait(50), text("a"), silence] }] });
  const next = stream.next();
  const left = stream.return();
  await clock.advance(49);
  expect(relay.open).toBe(1);
  await clock.advance(1);
  expect((await next).value).toMatchObject([{ type: "stream-start" }, { type: "text-delta" }]);
  await left;
  expect(relay.open).toBe(0);
  expect(ends).toEqual([["a/model/key", "canceled"]]);
});

test("ending the call while next() is pending ends it at once", async () => {
  const { stream, take, clock, relay, deadline, ends } = open({ scripts: [endless] });
  for (let taken = 0; taken < 3; taken += 1) await take();
  const next = settled(clock, stream.next(), 500);
  const left = stream.return();
  clock.schedule(100, () => deadline.end("canceled"));
  const { error, atMs } = await next;
  expect(error).toMatchObject({ failure: { kind: "canceled" } });
  expect(atMs).toBe(100);
  expect(await left).toEqual({ done: true, value: undefined });
  expect(relay.open).toBe(0);
  expect(ends).toEqual([["a/model/key", "canceled"]]);
});

const moments: readonly [string, ScenarioOptions, number, readonly string[]][] = [
  ["before the headers", { scripts: [{ afterMs: 5_000, steps: [] }] }, 100, []],
  ["before the first token", { scripts: [{ steps: [silence] }] }, 100, []],
  ["in a backoff", { scripts: [{ failure: overloaded }] }, 499, []],
  ["in the stream", { scripts: [endless] }, 100, ["start a", "a", "b", "c"]],
  [
    "in the backoff before a restart",
    { commit: "restart", scripts: [{ steps: [text("a"), fault(overloaded)] }] },
    200,
    ["start a", "a"],
  ],
  [
    "in the whole answer of the fallback",
    { scripts: [{ steps: [silence] }, { afterMs: 50_000, answer: answerOf("a") }] },
    8_500,
    [],
  ],
];
const kinds: readonly CallEndKind[] = ["canceled", "deadline_exceeded", "shutting_down"];

test.each(kinds.flatMap((kind) => moments.map((moment) => [kind, ...moment] as const)))(
  "%s %s ends the call at that moment",
  async (kind, _name, options, atMs, expected) => {
    const scenario = create(options);
    scenario.clock.schedule(atMs, () => scenario.deadline.end(kind));
    const { shown, failure, atMs: endedAtMs } = await runStream(scenario);
    expect(failure).toEqual({ kind });
    expect(shown).toEqual(expected);
    expect(endedAtMs).toBe(atMs);
  },
);

test("the deadline of the call cuts a stream that keeps coming", async () => {
  const steps = Array.from({ length: 100 }, () => [wait(30), text("a")]).flat();
  const { failure, atMs } = await runStream(create({ scripts: [{ steps }], budgetMs: 300 }));
  expect(failure).toEqual({ kind: "deadline_exceeded" });
  expect(atMs).toBe(300);
});

test("the deadline passes while the caller is slow: the next event is the error", async () => {
  const { take, clock, deadline } = open({ scripts: [endless] });
  await take();
  clock.schedule(1_000, () => deadline.end("deadline_exceeded"));
  await clock.advance(2_000);
  await expect(take()).rejects.toBeInstanceOf(CallError);
});

test("a slow caller slows the relay's stream, and is not taken for its silence", async () => {
  const { take, clock, relay } = open({ scripts: [{ steps: [text("a"), text("b"), text("c"), end(), usage(6, 3)] }] });
  const taken: (string | undefined)[] = [];
  let batches = 0;
  for (let batch = await take(); batch !== undefined; batch = await take()) {
    batches += 1;
    taken.push(...batch.map(({ type }) => type));
    // The last batch comes of itself, after the end and the usage.
    expect(relay.pulled).toBeLessThanOrEqual(batches + (taken.includes("stream-end") ? 1 : 0));
    await clock.advance(20_000);
  }
  expect(taken).toEqual(["stream-start", "text-delta", "text-delta", "text-delta", "stream-end"]);
});
