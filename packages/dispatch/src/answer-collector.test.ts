import { type Answer, type JsonObject, type JsonValue, parseExactJson } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { createAnswerCollector } from "./answer-collector.js";
import { piecesFromAnswer } from "./pieces-from-answer.js";
import { createSourceCollector } from "./source-collector.js";

const usage = {
  promptTokens: 3,
  completionTokens: 4,
  cachedTokens: 1,
  reasoningTokens: 2,
  provenance: "reported",
} as const;

test("the pieces of an answer come together to the same answer", () => {
  const logprob = { token: "a", logprob: -1, bytes: [97], topLogprobs: [{ token: "b", logprob: -2, bytes: [98] }] };
  const rest = { refusal: undefined, refusalLogprobs: [], toolCalls: [], contentLogprobs: [], finishReason: "stop" };
  const answer: Answer = {
    id: "x",
    created: 7,
    usage,
    choices: [
      { ...rest, index: 0, content: "hello", reasoning: "thinking", contentLogprobs: [logprob] },
      { ...rest, index: 1, content: undefined, reasoning: undefined, refusal: "no", finishReason: "stop" },
      {
        ...rest,
        index: 2,
        content: undefined,
        reasoning: undefined,
        toolCalls: [
          { id: "call_1", name: "clock", arguments: '{"zone":"UTC"}' },
          { id: "call_2", name: "rain", arguments: "{}" },
        ],
        finishReason: "tool_calls",
      },
    ],
  };
  const collector = createAnswerCollector();
  for (const piece of piecesFromAnswer(answer)) collector.add(piece);
  const ends = answer.choices.map(({ index: choice, finishReason }) => ({ choice, finishReason }));
  expect(collector.answer({ id: "x", created: 7 }, { ends, usage })).toEqual(answer);
  expect(collector.length).toBe("thinking".length + "hello".length + 2 * 64 + "no".length + '{"zone":"UTC"}{}'.length);
});

test("a tool call in many pieces, out of order", () => {
  const collector = createAnswerCollector();
  const piece = (index: number, id: string | undefined, text: string) =>
    collector.add({ type: "tool-call-delta", choice: 0, index, id, name: id && `n${id}`, arguments: text });
  piece(1, "b", "{");
  piece(0, "a", "");
  piece(1, undefined, "}");
  piece(0, undefined, "[]");
  const ends = [{ choice: 0, finishReason: "tool_calls" }];
  expect(collector.answer({ id: "", created: 0 }, { ends, usage: undefined }).choices[0]?.toolCalls).toEqual([
    { id: "a", name: "na", arguments: "[]" },
    { id: "b", name: "nb", arguments: "{}" },
  ]);
});

const frame = { id: "x", object: "chat.completion.chunk", created: 1, model: "m" };
const delta = (value: JsonObject, rest: JsonObject = {}): JsonObject => ({
  ...frame,
  choices: [{ index: 0, delta: value, finish_reason: null, ...rest }],
});

function messageOf(...chunks: readonly JsonObject[]): JsonValue | undefined {
  const collector = createSourceCollector();
  for (const chunk of chunks) collector.add(chunk);
  const { choices } = collector.source();
  const [choice] = Array.isArray(choices) ? choices : [];
  return choice;
}

describe("the relay's own chunks come together to its whole JSON", () => {
  test.each<[name: string, chunks: readonly JsonObject[], choice: JsonObject]>([
    [
      "texts go on, names are said once",
      [
        delta({ role: "assistant", content: "" }),
        delta({ role: "assistant", content: "a" }),
        delta({ role: "assistant", content: "b" }, { finish_reason: "stop" }),
      ],
      { index: 0, message: { role: "assistant", content: "ab" }, finish_reason: "stop" },
    ],
    [
      "a content that stays null",
      [
        delta({
          role: "assistant",
          content: null,
          tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: "" } }],
        }),
        delta({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] }, { finish_reason: "tool_calls" }),
      ],
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
        },
      },
    ],
    [
      "log probabilities and what is not modelled",
      [
        delta(
          { content: "a", annotations: [{ url: "u" }] },
          { logprobs: { content: [{ token: "a" }], refusal: null } },
        ),
        delta(
          { content: "b", annotations: [{ url: "v" }] },
          { logprobs: { content: [{ token: "b" }], refusal: null } },
        ),
        delta({}, { finish_reason: "stop", native_finish_reason: "STOP" }),
      ],
      {
        index: 0,
        finish_reason: "stop",
        native_finish_reason: "STOP",
        logprobs: { content: [{ token: "a" }, { token: "b" }], refusal: null },
        message: { content: "ab", annotations: [{ url: "u" }, { url: "v" }] },
      },
    ],
  ])("%s", (_name, chunks, choice) => expect(messageOf(...chunks)).toEqual(choice));

  test("choices in order, usage from a chunk of its own, filler left out", () => {
    const collector = createSourceCollector();
    collector.add({ ...frame, usage: null, obfuscation: "xx", choices: [{ index: 1, delta: { content: "b" } }] });
    collector.add({ ...frame, usage: {}, choices: [{ index: 0, delta: { content: "a" } }] });
    collector.add({ ...frame, service_tier: "default", choices: [], usage: { completion_tokens: 2 } });
    expect(collector.source()).toEqual({
      ...frame,
      object: "chat.completion",
      service_tier: "default",
      choices: [
        { index: 0, message: { content: "a" }, finish_reason: null },
        { index: 1, message: { content: "b" }, finish_reason: null },
      ],
      usage: { completion_tokens: 2 },
    });
    expect(collector.length).toBe(2);
  });

  test("long integers stay as they are written", () => {
    const chunk = parseExactJson('{"choices":[{"index":0,"delta":{"content":"a","big":{"n":9223372036854775807}}}]}');
    const collector = createSourceCollector();
    if (typeof chunk === "object" && chunk !== null && !Array.isArray(chunk)) collector.add(chunk as JsonObject);
    expect(JSON.stringify(collector.source())).toContain('"big":{"n":9223372036854775807}');
  });
});
