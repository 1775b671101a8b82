import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { ChatRequestSchema, ErrorDetailSchema } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import { chatCallFrom } from "./chat-call.js";

const messages = [{ role: "user", content: "hello" }];
const aliases = new Map([
  ["smart", "gpt-4.1"],
  ["best", "auto"],
]);
const callFrom = (message: JsonValue, form?: "whole" | "streamed") =>
  chatCallFrom(fromJson(ChatRequestSchema, message), "r1", form, { aliases });

/** Each field of the contract with a value, as OpenAI has it. It has to reach the relay as it is. */
const everyField = {
  messages: [
    { role: "system", content: "be brief", name: "house" },
    { role: "developer", content: "" },
    { role: "user", content: "see" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{" } }],
    },
    { role: "tool", content: "42", tool_call_id: "c1" },
    { role: "assistant", content: null, refusal: "no" },
    { role: "assistant", content: "see [1]", annotations: [{ type: "url_citation", url: "https://example.com" }] },
  ],
  temperature: 0,
  top_p: 0.5,
  max_tokens: 64,
  max_completion_tokens: 65,
  stop: ["x", "y"],
  n: 2,
  seed: 9_007_199_254_740_991,
  presence_penalty: -1,
  frequency_penalty: 0,
  logprobs: true,
  top_logprobs: 0,
  tools: [
    { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: false } },
  ],
  tool_choice: { type: "function", function: { name: "f" } },
  parallel_tool_calls: false,
  response_format: {
    type: "json_schema",
    json_schema: { name: "s", description: "d", schema: { type: "object" }, strict: true },
  },
  reasoning_effort: "low",
  user: "u1",
  metadata: { a: "b" },
  logit_bias: { "50256": -100 },
  service_tier: "flex",
  store: false,
  verbosity: "high",
  prompt_cache_key: "k",
  safety_identifier: "s",
};

test("every field of the contract is in the body or is Meridian's own", () => {
  const ours = ["model", "routing", "extra_body", "stream", "stream_options"];
  expect(Object.keys(everyField).sort()).toEqual(
    ChatRequestSchema.fields
      .map(({ name }) => name)
      .filter((name) => !ours.includes(name))
      .sort(),
  );
});

test("the body has every field as the caller set it, zeros and falses too", () => {
  const request = { ...everyField, messages: everyField.messages.map((message) => withoutNull(message)) };
  expect(callFrom(request).body).toEqual(everyField);
});

test("the body has nothing that the caller did not set", () => {
  expect(callFrom({ messages }).body).toEqual({ messages });
});

test("parts are what OpenAI calls content", () => {
  const parts = [
    { type: "text", text: "what is this?" },
    { type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } },
    { type: "image_url", image_url: { url: "data:," } },
    { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
  ];
  const call = callFrom({ messages: [{ role: "user", parts }] });
  expect(call.body).toEqual({ messages: [{ role: "user", content: parts }] });
  expect(call.texts).toEqual(["what is this?"]);
});

test("reasoning of an earlier answer goes back under the relay's name", () => {
  const call = callFrom({ messages: [...messages, { role: "assistant", content: "x", reasoning: "because" }] });
  expect(call.body["messages"]).toContainEqual({ role: "assistant", content: "x", reasoning_content: "because" });
});

test("extra_body is added as it is, nested and null", () => {
  expect(callFrom({ messages, extra_body: { top_k: 5, nested: { a: [null, true, "x"] } } }).body).toEqual({
    messages,
    top_k: 5,
    nested: { a: [null, true, "x"] },
  });
});

test("the routing options and what the planner looks at", () => {
  const question = [
    { type: "text", text: "first" },
    { type: "text", text: "second" },
  ];
  const call = callFrom({
    model: "gpt-4.1",
    messages: [
      { role: "system", content: "s" },
      { role: "user", parts: question },
      { role: "assistant", content: "a" },
    ],
    max_tokens: 5,
    max_completion_tokens: 6,
    n: 3,
    temperature: 0.2,
    user: "u1",
    routing: { tier: "high", allowed_models: ["a"], fallbacks: ["b"], max_cost_nano_usd: "7", commit: "restart" },
  });
  expect(call).toMatchObject({
    requestId: "r1",
    model: "gpt-4.1",
    texts: ["s", "first", "second", "a"],
    question: "first\nsecond",
    temperature: 0.2,
    maxTokens: 6,
    choices: 3,
    user: "u1",
    routing: { tier: "high", allowedModels: ["a"], fallbacks: ["b"], maxCostNanoUsd: 7n, commit: "restart" },
  });
});

test("aliases of models stand for them, wherever a model is named", () => {
  const routing = { allowed_models: ["gpt-4.1", "smart", "x"], fallbacks: ["x", "smart"] };
  expect(callFrom({ model: "smart", messages, routing })).toMatchObject({
    model: "gpt-4.1",
    routing: { allowedModels: ["gpt-4.1", "gpt-4.1", "x"], fallbacks: ["x", "gpt-4.1"] },
  });
});

test.for(["", "auto", "best"])("the model '%s' is chosen by Meridian", (model) => {
  expect(callFrom({ model, messages })).toMatchObject({
    model: undefined,
    maxTokens: undefined,
    temperature: undefined,
    choices: 1,
    routing: { tier: undefined, allowedModels: [], fallbacks: [], maxCostNanoUsd: undefined, commit: "first_token" },
  });
});

test.for(["none", "auto", "required", { type: "function", function: { name: "f" } }])("tool_choice %j", (choice) => {
  expect(callFrom({ messages, tool_choice: choice }).body["tool_choice"]).toEqual(choice);
});

test.for([
  { name: "text", format: { type: "text" } },
  { name: "json_object", format: { type: "json_object" } },
  { name: "a schema with only a name", format: { type: "json_schema", json_schema: { name: "s" } } },
])("response_format: $name", ({ format }) => {
  expect(callFrom({ messages, response_format: format }).body["response_format"]).toEqual(format);
});

test("of stream_options only what the relay decides by is passed on", () => {
  expect(callFrom({ messages, stream_options: { include_usage: false } }).body).toEqual({ messages });
  expect(callFrom({ messages, stream_options: { include_obfuscation: false } }).body).toEqual({
    messages,
    stream_options: { include_obfuscation: false },
  });
});

interface RefusedRow {
  readonly name: string;
  readonly form: "whole" | "streamed";
  readonly message: JsonObject;
  readonly field: string;
}

test.for<RefusedRow>([
  { name: "stream on Chat", form: "whole", message: { stream: true }, field: "stream" },
  { name: "no stream on StreamChat", form: "streamed", message: { stream: false }, field: "stream" },
  { name: "tool_choice as a list", form: "whole", message: { tool_choice: ["auto"] }, field: "tool_choice" },
  {
    name: "extra_body with stream",
    form: "whole",
    message: { extra_body: { stream: true } },
    field: "extra_body.stream",
  },
  {
    name: "extra_body with messages",
    form: "whole",
    message: { extra_body: { messages: [] } },
    field: "extra_body.messages",
  },
  {
    name: "a fallback that Meridian would choose",
    form: "whole",
    message: { routing: { fallbacks: ["smart", "best"] } },
    field: "routing.fallbacks[1]",
  },
  {
    name: "an allowed model that Meridian would choose",
    form: "streamed",
    message: { routing: { allowed_models: ["auto"] } },
    field: "routing.allowed_models[0]",
  },
])("refuses $name", ({ form, message, field }) => {
  let thrown: unknown;
  try {
    callFrom({ messages, ...message }, form);
  } catch (error) {
    thrown = error;
  }
  const details = thrown instanceof ConnectError ? thrown.details : [];
  expect(details).toMatchObject([{ desc: ErrorDetailSchema, value: { violations: [{ field }] } }]);
});

test.for([
  { form: "whole", stream: false },
  { form: "streamed", stream: true },
  { form: undefined, stream: true },
] as const)("takes stream: $stream where the answer is $form", ({ form, stream }) => {
  expect(callFrom({ messages, stream }, form).body).toEqual({ messages });
});

function withoutNull({ content, ...message }: { readonly content: string | null }): JsonValue {
  return { ...message, ...(content === null ? {} : { content }) };
}

test("null is as good as not set, for tool_choice too", () => {
  expect(callFrom({ messages, tool_choice: null, temperature: null, metadata: null, tools: null }).body).toEqual({
    messages,
  });
});
