import type { StreamChatResponse } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import { textOf } from "./node.js";
import { endEvent, restartEvent, startEvent, streamEvent, textEvent } from "./test/stream-events.js";

/** A stream that notes whether it was left. */
function streamOf(events: readonly StreamChatResponse[]) {
  const state = { left: false };
  const stream = (async function* () {
    try {
      yield* events;
    } finally {
      state.left = true;
    }
  })();
  return { stream, state };
}

async function readAll(texts: AsyncIterable<string>): Promise<{ pieces: string[]; thrown: unknown }> {
  const pieces: string[] = [];
  try {
    for await (const piece of texts) pieces.push(piece);
  } catch (thrown) {
    return { pieces, thrown };
  }
  return { pieces, thrown: undefined };
}

test("gives the text of choice 0 alone", async () => {
  const reasoning = streamEvent({ case: "reasoningDelta", value: { text: "hm" } });
  const { stream } = streamOf([
    startEvent,
    reasoning,
    textEvent("a"),
    textEvent("x", 1),
    textEvent(""),
    textEvent("b"),
    endEvent,
  ]);
  expect(await readAll(textOf(stream))).toEqual({ pieces: ["a", "b"], thrown: undefined });
});

test("a restart before the first text goes unnoticed", async () => {
  const { stream } = streamOf([startEvent, textEvent("x", 1), restartEvent, textEvent("a"), endEvent]);
  const restarts: string[] = [];
  const texts = textOf(stream, { onRestart: ({ model }) => restarts.push(model) });
  expect(await readAll(texts)).toEqual({ pieces: ["a"], thrown: undefined });
  expect(restarts).toEqual([]);
});

test("a restart after text is refused, and the stream is left", async () => {
  const { stream, state } = streamOf([startEvent, textEvent("void"), restartEvent, textEvent("whole"), endEvent]);
  const { pieces, thrown } = await readAll(textOf(stream));
  expect(pieces).toEqual(["void"]);
  expect(thrown).toMatchObject({ name: "InferenceError", code: "aborted", reason: "stream_truncated" });
  expect(state.left).toBe(true);
});

test("a restart after text is told to onRestart, and the new answer follows", async () => {
  const { stream } = streamOf([
    startEvent,
    textEvent("void"),
    restartEvent,
    restartEvent,
    textEvent("whole"),
    endEvent,
  ]);
  let shown = "";
  const restarts: string[] = [];
  const onRestart = ({ model }: { model: string }) => {
    restarts.push(model);
    shown = "";
  };
  for await (const piece of textOf(stream, { onRestart })) shown += piece;
  expect(shown).toBe("whole");
  expect(restarts).toEqual(["gemini-2.5-flash"]);
});

test.each([
  ["nothing", []],
  ["no end", [startEvent, textEvent("half")]],
])("a stream with %s is refused", async (_name, events) => {
  const { thrown } = await readAll(textOf(streamOf(events).stream));
  expect(thrown).toMatchObject({ name: "InferenceError", reason: "stream_truncated" });
});

test("leaving it leaves the stream", async () => {
  const { stream, state } = streamOf([startEvent, textEvent("a"), textEvent("b"), endEvent]);
  for await (const _ of textOf(stream)) break;
  expect(state.left).toBe(true);
});
