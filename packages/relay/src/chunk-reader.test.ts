import type { AnswerEvent, JsonObject, JsonValue } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { type ChunkReader, createChunkReader } from "./chunk-reader.js";

function chunk(delta: JsonValue, choice: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...more };
}

/** The events of one chunk; undefined where it is none. */
function read(reader: ChunkReader, value: JsonValue | undefined, length?: number): readonly AnswerEvent[] | undefined {
  const events: AnswerEvent[] = [];
  return reader.read(value, events, length) ? events : undefined;
}

function readAll(...chunks: readonly JsonValue[]): readonly AnswerEvent[] {
  const reader = createChunkReader();
  return chunks.flatMap((value) => read(reader, value) ?? []);
}

const textDelta = (text: string, choice = 0) => ({ type: "text-delta", choice, text, logprobs: [] });
const callDelta = (index: number, id: string | undefined, name: string | undefined, pieces: string) => ({
  type: "tool-call-delta",
  choice: 0,
  index,
  id,
  name,
  arguments: pieces,
});

describe("a chunk reader gives", () => {
  const rows: readonly (readonly [string, readonly JsonValue[], readonly object[]])[] = [
    ["nothing for a role", [chunk({ role: "assistant" })], []],
    ["nothing for a role with empty content", [chunk({ role: "assistant", content: "" })], []],
    ["nothing for null content", [chunk({ content: null })], []],
    ["nothing for an empty delta", [chunk({})], []],
    ["nothing for a null delta", [chunk(null)], []],
    ["nothing for a missing delta", [{ choices: [{ index: 0 }] }], []],
    ["nothing for a chunk without choices", [{ choices: [] }, { choices: null }, {}], []],
    ["text", [chunk({ content: "Hi" })], [textDelta("Hi")]],
    ["text of a choice without an index", [{ choices: [{ delta: { content: "Hi" } }] }], [textDelta("Hi")]],
    [
      "reasoning by both names, once",
      [chunk({ reasoning_content: "a" }), chunk({ reasoning: "b" }), chunk({ reasoning: "c", reasoning_content: "c" })],
      ["a", "b", "c"].map((text) => ({ type: "reasoning-delta", choice: 0, text })),
    ],
    ["a refusal", [chunk({ refusal: "No" })], [{ type: "refusal-delta", choice: 0, text: "No", logprobs: [] }]],
    [
      "log probabilities with their text",
      [chunk({ content: "Hi" }, { logprobs: { content: [{ token: "Hi", logprob: -1, bytes: null }] } })],
      [{ ...textDelta("Hi"), logprobs: [{ token: "Hi", logprob: -1, bytes: undefined, topLogprobs: [] }] }],
    ],
    [
      "the identity once, from the first chunk that has one",
      [chunk({}, {}, { id: "", created: 0 }), chunk({}, {}, { id: "a", created: 7 }), chunk({}, {}, { id: "b" })],
      [{ type: "answer-identity", identity: { id: "a", created: 7 } }],
    ],
    [
      "several choices of one chunk, in order",
      [
        {
          choices: [
            { index: 1, delta: { content: "b" } },
            { index: 0, delta: { content: "a" } },
          ],
        },
      ],
      [textDelta("b", 1), textDelta("a", 0)],
    ],
    [
      "text before the end of the same chunk",
      [chunk({ content: "Hi" }, { finish_reason: "stop" })],
      [textDelta("Hi"), { type: "choice-end", choice: 0, finishReason: "stop" }],
    ],
    [
      "one end though it is said twice",
      [chunk({}, { finish_reason: "stop" }), chunk({}, { finish_reason: "length" })],
      [{ type: "choice-end", choice: 0, finishReason: "stop" }],
    ],
    ["no end for an empty reason", [chunk({}, { finish_reason: "" })], []],
    [
      "a tool call in pieces",
      [
        chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: "weather", arguments: "" } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      ],
      [
        callDelta(0, "c1", "weather", ""),
        callDelta(0, undefined, undefined, '{"a":'),
        callDelta(0, undefined, undefined, "1}"),
      ],
    ],
    [
      "tool calls side by side",
      [
        chunk({
          tool_calls: [
            { index: 0, id: "c1", function: { name: "a", arguments: "1" } },
            { index: 1, id: "c2", function: { name: "b", arguments: "2" } },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: "3" } }] }),
      ],
      [callDelta(0, "c1", "a", "1"), callDelta(1, "c2", "b", "2"), callDelta(0, undefined, undefined, "3")],
    ],
    [
      "whole tool calls without an index",
      [
        chunk({ tool_calls: [{ id: "c1", function: { name: "a", arguments: "1" } }] }),
        chunk({ tool_calls: [{ id: "c2", function: { name: "b", arguments: "2" } }] }),
      ],
      [callDelta(0, "c1", "a", "1"), callDelta(1, "c2", "b", "2")],
    ],
    [
      "pieces of tool calls without an index",
      [
        chunk({ tool_calls: [{ id: "c1", function: { name: "a", arguments: "1" } }] }),
        chunk({ tool_calls: [{ function: { arguments: "2" } }] }),
        chunk({ tool_calls: [{ id: "c2", function: { name: "b", arguments: "3" } }] }),
        chunk({ tool_calls: [{ function: { arguments: "4" } }] }),
      ],
      [
        callDelta(0, "c1", "a", "1"),
        callDelta(0, undefined, undefined, "2"),
        callDelta(1, "c2", "b", "3"),
        callDelta(1, undefined, undefined, "4"),
      ],
    ],
    [
      "one tool call without an index whose every piece repeats the id",
      [
        chunk({ tool_calls: [{ id: "c1", function: { name: "a", arguments: "1" } }] }),
        chunk({ tool_calls: [{ id: "c1", function: { arguments: "2" } }] }),
      ],
      [callDelta(0, "c1", "a", "1"), callDelta(0, "c1", undefined, "2")],
    ],
    [
      "ids of its own for tool calls that have none",
      [
        chunk({ tool_calls: [{ function: { name: "a", arguments: "1" } }] }),
        chunk({ tool_calls: [{ function: { arguments: "2" } }] }),
        chunk({ tool_calls: [{ function: { name: "b", arguments: "3" } }] }),
      ],
      [callDelta(0, "call_0", "a", "1"), callDelta(0, undefined, undefined, "2"), callDelta(1, "call_1", "b", "3")],
    ],
    [
      "a character whole that was cut in half, each text for itself",
      [
        chunk({ content: "a\ud83d", reasoning: "b" }),
        chunk({ reasoning: "c" }),
        chunk({ content: "\ude00d" }),
        chunk({ content: "\ud83d" }),
        chunk({ content: "\ude00" }),
      ],
      [
        { type: "reasoning-delta", choice: 0, text: "b" },
        textDelta("a"),
        { type: "reasoning-delta", choice: 0, text: "c" },
        textDelta("\u{1f600}d"),
        textDelta("\u{1f600}"),
      ],
    ],
    ["nothing for an empty tool call", [chunk({ tool_calls: [{}, null, { index: 0, function: {} }] })], []],
    [
      "usage next to content and after it",
      [
        chunk({ content: "Hi" }, {}, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
        { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      ],
      [textDelta("Hi"), usageEvent(1), usageEvent(2)],
    ],
    ["no usage for null", [chunk({}, {}, { usage: null })], []],
  ];
  test.each(rows)("%s", (_, chunks, expected) => {
    expect(readAll(...chunks)).toEqual(expected);
  });
});

describe("a chunk reader refuses", () => {
  const rows: readonly (readonly [string, JsonValue | undefined])[] = [
    ["what is not JSON", undefined],
    ["null", null],
    ["a list", []],
    ["a text", "data"],
    ["a null choice", { choices: [null] }],
    ["a negative index", { choices: [{ index: -1 }] }],
    ["an index of text", { choices: [{ index: "0" }] }],
    ["an index beyond all that can be asked for", { choices: [{ index: 128 }] }],
  ];
  test.each(rows)("%s", (_, value) => {
    expect(read(createChunkReader(), value)).toBeUndefined();
  });

  test("a chunk as a whole: its good choices do not count either", () => {
    const reader = createChunkReader();
    const end = { index: 0, delta: { content: "Hi" }, finish_reason: "stop" };
    expect(read(reader, { id: "a", choices: [end, { index: -1 }] })).toBeUndefined();
    expect(reader.isWhole(1)).toBe(false);
    expect(reader.deltas).toBe(0);
    expect(read(reader, { id: "a", choices: [end] })).toEqual([
      { type: "answer-identity", identity: { id: "a", created: 0 } },
      textDelta("Hi"),
      { type: "choice-end", choice: 0, finishReason: "stop" },
    ]);
  });
});

test("a chunk reader knows when every choice has ended", () => {
  const reader = createChunkReader();
  expect(reader.isWhole(1)).toBe(false);
  read(reader, {
    choices: [
      { index: 0, delta: { content: "a" } },
      { index: 1, delta: { content: "b" } },
    ],
  });
  read(reader, { choices: [{ index: 1, finish_reason: "stop" }] });
  expect(reader.isWhole(1)).toBe(false);
  read(reader, { choices: [{ index: 0, finish_reason: "length" }] });
  expect(reader.isWhole(2)).toBe(true);
  expect(reader.isWhole(3)).toBe(false);
  expect(reader.deltas).toBe(2);
});

function usageEvent(completionTokens: number) {
  const usage = { promptTokens: 1, completionTokens, cachedTokens: 0, reasoningTokens: 0, provenance: "reported" };
  return { type: "answer-usage", usage };
}

test("halves of characters are kept for no more than 1,024 texts", () => {
  const reader = createChunkReader();
  const half = (index: number) => chunk({ tool_calls: [{ index, function: { arguments: "\ud83d" } }] });
  const pieces = (index: number): string => {
    const [event] = read(reader, half(index)) ?? [];
    return event?.type === "tool-call-delta" ? event.arguments : "";
  };
  for (let index = 0; index < 1_024; index += 1) expect(pieces(index)).toBe("");
  expect(pieces(1_024)).toBe("\ud83d");
});

describe("with the source of each chunk", () => {
  const readSources = (...chunks: readonly JsonObject[]) => {
    const reader = createChunkReader({ keepsSource: true });
    return chunks.flatMap((value) => read(reader, value, 9) ?? []);
  };

  test("it comes after who answers, and before the deltas and the ends of its chunk", () => {
    const value = chunk({ content: "Hi" }, { finish_reason: "stop" }, { id: "a", created: 7, service_tier: "flex" });
    expect(readSources(value)).toEqual([
      { type: "answer-identity", identity: { id: "a", created: 7 } },
      { type: "source-chunk", chunk: value, isContent: true, length: 9 },
      textDelta("Hi"),
      { type: "choice-end", choice: 0, finishReason: "stop" },
    ]);
  });

  test.each<[string, JsonValue, boolean]>([
    ["a role", { role: "assistant" }, false],
    ["a role with nothing beside it", { role: "assistant", content: "", refusal: null, tool_calls: [] }, false],
    ["no delta", null, false],
    ["text", { content: "a" }, true],
    ["sound, which is not modelled", { audio: { data: "AAAA" } }, true],
    ["a deprecated function call", { function_call: { arguments: "{" } }, true],
  ])("%s is content: %j %s", (_name, delta, isContent) => {
    expect(readSources(chunk(delta))[0]).toMatchObject({ type: "source-chunk", isContent });
  });

  test("a custom tool's input comes as arguments do", () => {
    const call = { index: 0, id: "c1", type: "custom", custom: { name: "sql", input: "select" } };
    expect(readSources(chunk({ tool_calls: [call] }))).toContainEqual(callDelta(0, "c1", "sql", "select"));
  });
});
