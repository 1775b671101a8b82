import { type AnswerEvent, UpstreamError } from "@meridian/core";
import { createFakeClock, type FakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createAttemptSignal } from "./attempt-signal.js";
import { type AnswerPiece, createDeltaReader, type DeltaReader } from "./delta-reader.js";
import { end, fault, identity, reported, silence, text, truncated, usage, wait } from "./testing/answers.js";
import { candidateOf, settled } from "./testing/scenario.js";
import { createScriptedRelay, type StreamStep } from "./testing/scripted-relay.js";

async function read(steps: readonly StreamStep[], choices = 1) {
  const clock = createFakeClock();
  const limits = createAttemptSignal(clock, new AbortController().signal, 1_000_000);
  const relay = createScriptedRelay(clock, [{ steps }]);
  const { endpoint, model, credentials } = candidateOf("a");
  const [credential] = credentials;
  if (credential === undefined) throw new Error("a candidate has a credential");
  const request = {
    deployment: { endpoint, model, credential },
    body: {},
    temperature: 0,
    maxTokens: 1,
    country: "ID",
    clientAddress: undefined,
    requestId: "",
  };
  const opening = relay.stream(request, limits.signal);
  await clock.advance(0);
  const { events } = await opening;
  const pieces: string[] = [];
  const meter = { add: (piece: string) => pieces.push(piece), tokens: () => 0 };
  return {
    clock,
    limits,
    relay,
    pieces,
    reader: createDeltaReader({ events, choices, limits, meters: { meter, reasoningMeter: meter } }),
  };
}

async function drain(reader: DeltaReader): Promise<readonly AnswerPiece[]> {
  const deltas: AnswerPiece[] = [];
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) deltas.push(...batch);
  return deltas;
}

const finish = (clock: FakeClock, reader: DeltaReader) => settled(clock, drain(reader), 100_000);

test("gives content alone, and keeps what the stream says of itself", async () => {
  const call: AnswerEvent = {
    type: "tool-call-delta",
    choice: 0,
    index: 0,
    id: "call-1",
    name: "find",
    arguments: '{"a"',
  };
  const more: AnswerEvent = { ...call, id: undefined, name: undefined, arguments: ":1}" };
  const thought: AnswerEvent = { type: "reasoning-delta", choice: 0, text: "hm" };
  const { clock, reader, pieces } = await read([
    identity("x"),
    usage(1, 1),
    thought,
    text("he"),
    call,
    more,
    end(0, "tool_calls"),
    usage(6, 9),
  ]);
  const { value, error } = await finish(clock, reader);
  expect(error).toBeUndefined();
  expect(value).toEqual([thought, text("he"), call, more]);
  expect(reader.identity.id).toBe("x");
  expect(reader.ends).toEqual([{ choice: 0, finishReason: "tool_calls" }]);
  expect(reader.usage).toEqual(reported(6, 9));
  expect(pieces).toEqual(["hm", "he", 'find{"a"', ":1}"]);
});

test("a failure before the end rejects", async () => {
  const { clock, reader } = await read([text("he"), fault(truncated)]);
  const { error } = await finish(clock, reader);
  expect(error).toBeInstanceOf(UpstreamError);
});

test("a failure after every choice has ended changes nothing: the answer is whole", async () => {
  const { clock, reader } = await read([text("hello"), end(), fault(truncated)]);
  const { value, error, atMs } = await finish(clock, reader);
  expect(error).toBeUndefined();
  expect(value).toEqual([text("hello")]);
  expect(atMs).toBe(0);
});

test("a stream that does not close after its last choice is done after a second, usage or not", async () => {
  const { clock, reader, limits } = await read([text("hello"), end(), wait(400), usage(6, 5), silence]);
  limits.limitWaits("idle_limit", 15_000);
  const { value, atMs } = await finish(clock, reader);
  expect(value).toEqual([text("hello")]);
  expect(atMs).toBe(1_000);
  expect(reader.usage).toEqual(reported(6, 5));
});

test("one of two choices ended is not the end", async () => {
  const { clock, reader } = await read([text("a", 0), end(0), fault(truncated)], 2);
  const { error } = await finish(clock, reader);
  expect(error).toBeInstanceOf(UpstreamError);
});

test("a choice that ends twice is one choice: the other is waited for", async () => {
  const { clock, reader } = await read([text("a", 0), end(0), end(0, "length"), wait(5_000), text("b", 1), end(1)], 2);
  const { value, error } = await finish(clock, reader);
  expect(error).toBeUndefined();
  expect(value).toEqual([text("a", 0), text("b", 1)]);
  expect(reader.ends).toEqual([
    { choice: 0, finishReason: "stop" },
    { choice: 1, finishReason: "stop" },
  ]);
});

test("a proper end with fewer choices than were asked for is an end", async () => {
  const { clock, reader } = await read([text("a"), end()], 3);
  const { value, error } = await finish(clock, reader);
  expect(error).toBeUndefined();
  expect(value).toHaveLength(1);
});

test("close closes the relay's stream, once", async () => {
  const opened = await read([text("a"), silence]);
  const { reader } = opened;
  expect(await reader.next()).toEqual([text("a")]);
  const openBefore = opened.relay.open;
  await reader.close();
  expect([openBefore, opened.relay.open]).toEqual([1, 0]);
  await reader.close();
  expect(await reader.next()).toBeUndefined();
});
