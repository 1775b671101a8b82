import type { Answer, ChatCall, JsonObject, JsonValue } from "@meridian/core";
import type { CallEvent } from "@meridian/dispatch";
import { createLogger } from "@meridian/telemetry";
import { describe, expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { createContentLog } from "./content-log.js";

/** The line of one call. */
function lineOf(messages: JsonValue, events: readonly (Answer | CallEvent)[] = [], maxCharacters = 40) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger("info", { write: (line) => lines.push(JSON.parse(line)) });
  const yaml = `logging: {content: {enabled: true, maxCharacters: ${maxCharacters}}}`;
  const config = compileTestConfig(yaml, { RELAY_BASE_URL: "http://127.0.0.1:1/v1", RELAY_API_KEY: "relay-key" });
  const content = createContentLog(config, logger)?.begin(callOf(messages));
  for (const event of events)
    if ("type" in event) content?.addEvent(event);
    else content?.addAnswer(event);
  content?.write("search");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ msg: "call content", requestId: "r1", tenant: "search" });
  return lines[0];
}

function callOf(messages: JsonValue): ChatCall {
  const routing = {
    tier: undefined,
    allowedModels: [],
    fallbacks: [],
    maxCostNanoUsd: undefined,
    commit: "first_token",
  } as const;
  const options = { model: undefined, temperature: undefined, maxTokens: undefined, choices: 1, user: "" };
  return { requestId: "r1", body: { messages }, texts: [], question: "", routing, ...options };
}

const text = (choice: number, text: string): CallEvent => ({ type: "text-delta", choice, text, logprobs: [] });
const toolCall = (name: string | undefined, text: string): CallEvent => {
  return { type: "tool-call-delta", choice: 0, index: 0, id: undefined, name, arguments: text };
};
const chunk = (...choices: JsonObject[]): CallEvent => ({
  type: "source-chunk",
  chunk: { choices },
  isContent: true,
  length: 1,
});

describe("the prompt", () => {
  test("is the texts of its messages, with tools, and the names of what is no text", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const calls = [{ id: "1", type: "function", function: { name: "find", arguments: '{"city":"Rome"}' } }];
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "What is it?" }, image] },
      { role: "assistant", content: null, tool_calls: calls },
      { role: "tool", tool_call_id: "1", content: "the relay-key" },
    ];
    expect(lineOf(messages, [], 1_000)).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "What is it?\n[image_url]" },
        { role: "assistant", content: 'find{"city":"Rome"}' },
        { role: "tool", content: "the [redacted]" },
      ],
    });
  });

  test("is cut, the oldest messages first", () => {
    const messages = ["a", "b", "c"].map((letter) => ({ role: "user", content: letter.repeat(30) }));
    expect(lineOf(messages)).toMatchObject({
      messages: [
        { role: "user", content: `${"b".repeat(10)}[20 more characters]` },
        { role: "user", content: "c".repeat(30) },
      ],
      messagesLeftOut: 1,
    });
  });

  test.each([
    ["nothing", null],
    ["no messages", ["x", 1]],
    ["no role", [{ role: "jane@example.com" }]],
  ])("may be %s", (_name, messages) => expect(JSON.stringify(lineOf(messages))).not.toContain("jane"));
});

describe("the answer", () => {
  const choice = { index: 0, reasoning: "hm", refusal: undefined, finishReason: "stop" };
  const logprobs = { contentLogprobs: [], refusalLogprobs: [] };

  test("is the text of each choice of a whole one", () => {
    const answer: Answer = {
      id: "c1",
      created: 1,
      usage: undefined,
      choices: [
        { ...choice, ...logprobs, content: "yes", toolCalls: [{ id: "1", name: "find", arguments: "{}" }] },
        { ...choice, ...logprobs, index: 1, content: "x".repeat(50), toolCalls: [] },
      ],
    };
    expect(lineOf([], [answer])?.["answers"]).toEqual(["yes\nfind{}", `${"x".repeat(40)}[10 more characters]`]);
  });

  test.each<[name: string, events: readonly CallEvent[], answers: readonly string[]]>([
    ["its deltas", [text(1, "no"), text(0, "relay"), text(0, "-key")], ["[redacted]", "no"]],
    ["calls of tools", [toolCall("find", '{"a":'), toolCall(undefined, "1}")], ['find{"a":1}']],
    [
      "the chunks of the relay",
      [
        chunk({ index: 0, delta: { role: "assistant", content: "y" } }, { index: 1, delta: { refusal: "n" } }),
        chunk({ index: 0, delta: { content: "es", tool_calls: [{ index: 0, function: { name: "find" } }] } }),
        chunk({ index: 0, delta: {}, finish_reason: "stop" }),
      ],
      ["yesfind", "n"],
    ],
    [
      "a long one",
      Array.from({ length: 1_000 }, () => text(0, "0123456789")),
      [`${"0123456789".repeat(4)}[9960 more characters]`],
    ],
  ])("of a stream is put together from %s", (_name, events, answers) =>
    expect(lineOf([], events)?.["answers"]).toEqual(answers),
  );

  test("begins anew where the stream does", () => {
    const { routing } = compileTestConfig("", { RELAY_BASE_URL: "http://127.0.0.1:1/v1", RELAY_API_KEY: "k" });
    const [endpoint] = routing.endpoints;
    const model = routing.models.get("gpt-4.1");
    const credential = endpoint?.credentials[0];
    if (endpoint === undefined || model === undefined || credential === undefined) throw new Error("no deployment");
    const restart: CallEvent = {
      type: "stream-restart",
      reason: "stream_truncated",
      identity: { id: "c2", created: 1 },
      deployment: { endpoint, model, credential },
      attempts: [],
    };
    expect(lineOf([], [text(0, "void"), restart, text(0, "yes")])?.["answers"]).toEqual(["yes"]);
  });
});

test("there is none where it is off", () => {
  const config = compileTestConfig("", { RELAY_BASE_URL: "http://127.0.0.1:1/v1", RELAY_API_KEY: "k" });
  expect(createContentLog(config, createLogger("info", { write() {} }))).toBeUndefined();
});
