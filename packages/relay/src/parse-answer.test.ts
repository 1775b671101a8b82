import { type JsonObject, type JsonValue, UpstreamError } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { parseAnswer } from "./parse-answer.js";
import { testKey } from "./testing/relay-request.js";

function bodyOf(message: JsonObject, choice: JsonObject = {}): JsonObject {
  return {
    id: "chatcmpl-1",
    created: 1_700_000_000,
    choices: [{ index: 0, message, finish_reason: "stop", ...choice }],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
  };
}

const plain = {
  index: 0,
  content: "Hello",
  reasoning: undefined,
  refusal: undefined,
  toolCalls: [],
  finishReason: "stop",
  contentLogprobs: [],
  refusalLogprobs: [],
};

function read(body: JsonValue) {
  return parseAnswer(JSON.stringify(body), { status: 200, key: testKey });
}

describe("parseAnswer", () => {
  test("reads a whole answer", () => {
    expect(read(bodyOf({ role: "assistant", content: "Hello" }))).toEqual({
      id: "chatcmpl-1",
      created: 1_700_000_000,
      choices: [plain],
      usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0, provenance: "reported" },
    });
  });

  test("keeps the relay's own JSON where it is asked for", () => {
    const body = { ...bodyOf({ role: "assistant", content: "Hello", extra: [1] }), more: { deep: null } };
    expect(parseAnswer(JSON.stringify(body), { status: 200, key: testKey, keepsSource: true }).source).toEqual(body);
  });

  test("keeps the integers of it as they are written", () => {
    const source = JSON.stringify(bodyOf({ content: "Hello" })).replace("{", '{"seed":9223372036854775807,');
    expect(JSON.stringify(parseAnswer(source, { status: 200, key: testKey, keepsSource: true }).source)).toBe(source);
  });

  test("refuses to keep what is nested too deep to be passed on", () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const source = JSON.stringify(bodyOf({ content: "Hello" })).replace("{", `{"deep":${deep},`);
    expect(parseAnswer(source, { status: 200, key: testKey }).choices).toEqual([plain]);
    expect(() => parseAnswer(source, { status: 200, key: testKey, keepsSource: true })).toThrow(UpstreamError);
  });

  test("reads the call of a custom tool", () => {
    const call = { id: "c1", type: "custom", custom: { name: "sql", input: "select" } };
    expect(read(bodyOf({ tool_calls: [call] })).choices[0]?.toolCalls).toEqual([
      { id: "c1", name: "sql", arguments: "select" },
    ]);
  });

  test("does without id, time and usage", () => {
    expect(read({ choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] })).toEqual({
      id: "",
      created: 0,
      choices: [plain],
      usage: undefined,
    });
  });

  const messages: readonly (readonly [string, JsonObject, object])[] = [
    ["no content", {}, { content: undefined }],
    ["null content", { content: null }, { content: undefined }],
    ["empty content", { content: "" }, { content: "" }],
    [
      "content in parts",
      {
        content: [
          { type: "text", text: "Hel" },
          { type: "text", text: "lo" },
        ],
      },
      {},
    ],
    ["reasoning by DeepSeek's name", { content: "Hello", reasoning_content: "Hm" }, { reasoning: "Hm" }],
    ["reasoning by OpenRouter's name", { content: "Hello", reasoning: "Hm" }, { reasoning: "Hm" }],
    ["a refusal", { content: null, refusal: "No." }, { content: undefined, refusal: "No." }],
    [
      "tool calls",
      {
        content: null,
        tool_calls: [
          { id: "call_x", type: "function", function: { name: "weather", arguments: '{"city":' } },
          { function: { name: "time" } },
        ],
      },
      {
        content: undefined,
        toolCalls: [
          { id: "call_x", name: "weather", arguments: '{"city":' },
          { id: "call_1", name: "time", arguments: "" },
        ],
      },
    ],
  ];
  test.each(messages)("reads %s", (_, message, expected) => {
    expect(read(bodyOf(message)).choices).toEqual([{ ...plain, ...expected }]);
  });

  test("reads log probabilities", () => {
    const token = { token: "Hi", logprob: -0.5, bytes: [72, 105] };
    const logprobs = { content: [{ ...token, top_logprobs: [token, { token: 1 }] }, "?"], refusal: null };
    const parsed = { token: "Hi", logprob: -0.5, bytes: [72, 105] };
    expect(read(bodyOf({ content: "Hello" }, { logprobs })).choices[0]?.contentLogprobs).toEqual([
      { ...parsed, topLogprobs: [parsed] },
    ]);
  });

  test("counts choices without an index by their place", () => {
    const choice = { message: { content: "Hello" }, finish_reason: "stop" };
    expect(read({ choices: [choice, choice] }).choices.map(({ index }) => index)).toEqual([0, 1]);
  });

  const malformed: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["half an object", '{"choices":[{"index":0,"mess'],
    ["a list", "[]"],
    ["null", "null"],
    ["HTML", "<html>504 Gateway Time-out</html>"],
    ["no choices", '{"id":"x"}'],
    ["an empty list of choices", '{"choices":[]}'],
    ["choices that are no list", '{"choices":{}}'],
    ["a null choice", '{"choices":[null]}'],
    ["a choice without a message", '{"choices":[{"finish_reason":"stop"}]}'],
    ["a missing finish reason", '{"choices":[{"message":{"content":"Hello"}}]}'],
    ["a null finish reason", '{"choices":[{"message":{"content":"Hello"},"finish_reason":null}]}'],
    ["an empty finish reason", '{"choices":[{"message":{"content":"Hello"},"finish_reason":""}]}'],
    ["a tool call without a name", '{"choices":[{"message":{"tool_calls":[{}]},"finish_reason":"tool_calls"}]}'],
    ["deep nesting", "[".repeat(200_000)],
  ];
  test.each(malformed)("refuses %s", (_, source) => {
    expect(failureOf(source)).toMatchObject({ kind: "malformed_answer", status: 200 });
  });

  test("an error where an answer was due is that error, even next to choices", () => {
    const body = { ...bodyOf({ content: "Hello" }), error: { message: "Overloaded", type: "overloaded_error" } };
    expect(failureOf(JSON.stringify(body))).toEqual({ kind: "overloaded", status: 200, retryAfterMs: undefined });
  });

  test.each([{ error: null }, { error: "" }])("%j is no error", (addition) => {
    expect(read({ ...bodyOf({ content: "Hello" }), ...addition }).choices).toEqual([plain]);
  });
});

function failureOf(source: string) {
  try {
    parseAnswer(source, { status: 200, key: testKey });
  } catch (error) {
    if (error instanceof UpstreamError) return error.failure;
    throw error;
  }
  return undefined;
}
