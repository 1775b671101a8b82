import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { collect } from "@meridian/inference-client";
import { ChatRequestSchema, type ChatResponse, ChatResponseSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { callJson } from "./testing/call-json.js";
import { lastChatCall } from "./testing/chat-calls.js";
import { clientOf } from "./testing/client-of.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy();

const weatherTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    strict: true,
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 7 } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};
const clockTool = { type: "function", function: { name: "clock" } };

const toolCall = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Jakarta"}' } };
const picture = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } };
const linkedPicture = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
const sound = { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } };
const text = { type: "text", text: "What do you see?" };

/** Messages of every form, as the contract has them; `content` of parts is called `parts` there. */
const messages = [
  { role: "system", content: "Be brief." },
  { role: "developer", content: "" },
  { role: "user", content: "What is the weather in Jakarta? 🌦", name: "alice" },
  { role: "assistant", content: null, refusal: null, tool_calls: [toolCall], reasoning: "A tool knows." },
  { role: "tool", tool_call_id: "call_1", content: '{"sky":"clear"}' },
  { role: "assistant", content: "Clear.", refusal: "No more than that." },
  { role: "user", parts: [text, picture, linkedPicture, sound] },
];

/** The same in OpenAI's form. */
const relayedMessages = [
  ...messages.slice(0, 3),
  { role: "assistant", content: null, tool_calls: [toolCall], reasoning_content: "A tool knows." },
  ...messages.slice(4, 6),
  { role: "user", content: [text, picture, linkedPicture, sound] },
];

/** What the contract and OpenAI have by the same name and in the same form. */
const common = {
  temperature: 0.25,
  top_p: 0.5,
  max_completion_tokens: 300,
  stop: ["END", "\n\n"],
  n: 2,
  seed: -9007199254740991,
  presence_penalty: -1.5,
  frequency_penalty: 2,
  logprobs: true,
  top_logprobs: 3,
  tools: [weatherTool, clockTool],
  tool_choice: { type: "function", function: { name: "get_weather" } },
  parallel_tool_calls: false,
  response_format: {
    type: "json_schema",
    json_schema: {
      name: "weather",
      description: "What to say",
      strict: true,
      schema: { type: "object", properties: { sky: { enum: ["clear", null, 1, true] } }, required: [] },
    },
  },
  reasoning_effort: "high",
  user: "user-7",
  metadata: { team: "search", empty: "" },
  logit_bias: { "50256": -100, "11": 0.5 },
  service_tier: "flex",
  store: false,
  verbosity: "low",
  prompt_cache_key: "conversation-9",
  safety_identifier: "a1b2",
};

/** What neither has: numbers, null, nesting. */
const extra = {
  repetition_penalty: 1.05,
  top_k: 40,
  guided: { choice: ["a", null, { deep: [1, 2.5, true] }] },
  probe: null,
};

const full = { ...common, messages, model: "gpt-4.1", extra_body: extra };
const relayedFull = { ...common, messages: relayedMessages, model: "gpt-4.1", ...extra };

describe("a body with everything reaches the relay with everything", () => {
  test("in Chat", async () => {
    const answer = await callJson(target().proxy.url, "Chat", { ...full, stream: false });
    expect(answer.status).toBe(200);
    expect(lastChatCall(target().relay).body).toEqual(relayedFull);
  });

  test("in StreamChat", async () => {
    const streamOptions = { include_usage: false, include_obfuscation: true };
    await collect(streamOf({ ...full, stream: true, stream_options: streamOptions }));
    expect(lastChatCall(target().relay).body).toEqual({
      ...relayedFull,
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: true },
    });
  });

  test("with as little as there can be, no more than the region's defaults are added", async () => {
    const request = { messages: [{ role: "user", content: "Write a haiku" }] };
    await collect(streamOf(request));
    expect(lastChatCall(target().relay).body).toEqual({
      ...request,
      model: "gemini-2.5-flash",
      temperature: 0.5,
      max_tokens: 512,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test.each(["none", "auto", "required"])("tool_choice %s is passed as the word", async (toolChoice) => {
    const request = { messages: [{ role: "user", content: "Hello" }], tools: [clockTool], tool_choice: toolChoice };
    expect((await callJson(target().proxy.url, "Chat", request)).status).toBe(200);
    expect(lastChatCall(target().relay).body).toMatchObject({ tools: [clockTool], tool_choice: toolChoice });
  });

  test.each(["text", "json_object"])("response_format %s is passed as the word", async (type) => {
    const request = { messages: [{ role: "user", content: "Hello" }], response_format: { type } };
    expect((await callJson(target().proxy.url, "Chat", request)).status).toBe(200);
    expect(lastChatCall(target().relay).body).toMatchObject({ response_format: { type } });
  });

  test("a field that nobody knows is refused by name, not dropped", async () => {
    const callsBefore = target().relay.calls.filter(({ method }) => method === "POST").length;
    const request = { messages: [{ role: "user", content: "Hello" }], top_k: 40 };
    const { status, body } = await callJson(target().proxy.url, "Chat", request);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("top_k") });
    expect(target().relay.calls.filter(({ method }) => method === "POST")).toHaveLength(callsBefore);
  });

  test("a key of extra_body that the contract has a field for is refused by name", async () => {
    const request = { messages: [{ role: "user", content: "Hello" }], extra_body: { temperature: 1, model: "x" } };
    const { status, body } = await callJson(target().proxy.url, "Chat", request);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("extra_body.temperature"),
    });
    expect(body).toMatchObject({ message: expect.stringContaining("extra_body.model") });
  });
});

/** Answers of every kind: the simulator gives the same one to the same request, streamed or not. */
const answers: readonly { name: string; request: JsonObject; check: (answer: ChatResponse) => void }[] = [
  {
    name: "tool calls",
    request: {
      messages: [{ role: "user", content: "get weather and clock" }],
      tools: [weatherTool, clockTool],
      model: "gpt-4.1",
    },
    check: ({ choices }) => {
      expect(choices).toMatchObject([
        {
          finishReason: "tool_calls",
          message: { toolCalls: [{ function: { name: "get_weather" } }, { function: { name: "clock" } }] },
        },
      ]);
      const calls = choices[0]?.message?.toolCalls ?? [];
      for (const { id, type } of calls)
        expect({ id, type }).toEqual({ id: expect.stringMatching(/^call_/), type: "function" });
      expect(JSON.parse(calls[0]?.function?.arguments ?? "")).toMatchObject({ city: expect.any(String) });
    },
  },
  {
    name: "reasoning",
    request: { messages: [{ role: "user", content: "Think about tides" }], reasoning_effort: "low" },
    check: ({ choices, usage }) => {
      expect(choices[0]?.message).toMatchObject({
        content: expect.stringMatching(/./),
        reasoning: expect.stringMatching(/^The question is about/),
      });
      expect(usage?.reasoningTokens).toBeGreaterThan(0);
    },
  },
  {
    name: "two choices",
    request: { messages: [{ role: "user", content: "Write a haiku about tides" }], n: 2 },
    check: ({ choices }) => {
      expect(choices.map(({ index, finishReason }) => [index, finishReason])).toEqual([
        [0, "stop"],
        [1, "stop"],
      ]);
      expect(choices[0]?.message?.content).not.toBe(choices[1]?.message?.content);
    },
  },
  {
    name: "log probabilities",
    request: { messages: [{ role: "user", content: "Write a haiku about tides" }], logprobs: true, top_logprobs: 2 },
    check: ({ choices }) => {
      const tokens = choices[0]?.logprobs?.content ?? [];
      expect(tokens.map(({ token }) => token).join("")).toBe(choices[0]?.message?.content);
      for (const { token, logprob, bytes, topLogprobs } of tokens) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(new TextDecoder().decode(bytes)).toBe(token);
        expect(topLogprobs).toHaveLength(2);
        expect(topLogprobs[0]).toMatchObject({ token, logprob, bytes });
      }
    },
  },
  {
    name: "JSON of a schema",
    request: {
      messages: [{ role: "user", content: "What is the sky like?" }],
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "sky",
          schema: { type: "object", properties: { sky: { const: "clear" } }, required: ["sky"] },
        },
      },
    },
    check: ({ choices }) => expect(JSON.parse(choices[0]?.message?.content ?? "")).toEqual({ sky: "clear" }),
  },
  {
    name: "an answer that max_tokens cuts",
    request: { messages: [{ role: "user", content: "Write a haiku about tides" }], max_tokens: 5 },
    check: ({ choices, usage }) => {
      expect(choices[0]?.finishReason).toBe("length");
      expect(usage?.completionTokens).toBe(5);
    },
  },
];

test.each(answers)("$name come back whole, in Chat and in StreamChat", async ({ request, check }) => {
  const { status, body } = await callJson(target().proxy.url, "Chat", request);
  expect(status).toBe(200);
  const whole = fromJson(ChatResponseSchema, body);
  check(whole);
  const streamed = await collect(streamOf(request));
  check(streamed);
  expect(streamed.choices).toEqual(whole.choices);
  expect(streamed.usage).toEqual(whole.usage);
  expect(streamed.model).toBe(whole.model);
  expect(streamed.route?.totalCostNanoUsd).toBe(whole.route?.totalCostNanoUsd);
  expect(streamed.route?.attempts).toMatchObject([{ outcome: "ok", transport: "stream" }]);
});

function streamOf(body: JsonValue) {
  return clientOf(target()).streamChat(fromJson(ChatRequestSchema, body));
}
