import {
  create,
  type DescMessage,
  fromJson,
  getOption,
  hasOption,
  type JsonObject,
  toJsonString,
} from "@bufbuild/protobuf";
import {
  FieldRulesSchema,
  field as fieldRules,
  message as messageRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ChatMessageSchema, type ChatRequest, ChatRequestSchema, StreamOptionsSchema } from "@meridian/inference-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMessageCheck } from "../interceptors/validate-request.js";
import { isSurelyValid } from "./surely-valid.js";

const hello = { role: "user", content: "hello" };

test.for<JsonObject>([
  { messages: [hello] },
  { messages: [{ role: "system", content: "" }, hello, { role: "assistant", content: "hi", name: "n" }, hello] },
  { messages: [hello], model: "gpt-4.1", temperature: 2, top_p: 0, max_tokens: 1, n: 16, seed: "-5", user: "me" },
  { messages: [hello], max_completion_tokens: 1_000_000, presence_penalty: -2, frequency_penalty: 2 },
  { messages: [hello], logprobs: true, store: false, service_tier: "flex", parallel_tool_calls: true },
  { messages: [hello], stream: true, stream_options: { include_usage: true }, extra_body: { top_k: 1 } },
])("is sure of %j", (json) => {
  expect(isSurelyValid(fromJson(ChatRequestSchema, json))).toBe(true);
});

const numbers = fc.constantFrom(
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -3,
  -2,
  -1,
  0,
  0.5,
  1,
  2,
  3,
  16,
  17,
  1e6,
  1e6 + 1,
);
const whole = fc.constantFrom(undefined, -1, 0, 1, 16, 17, 20, 21, 1_000_000, 1_000_001);
const texts = fc.oneof(
  fc.constantFrom("", "a", "user", "assistant", "tool", "robot", "low", "medium"),
  fc.constantFrom(31, 32, 33, 64, 65, 128, 129, 256, 257).map((length) => "x".repeat(length)),
  fc.constantFrom(10, 11, 22, 42, 43, 86).map((length) => "\u20ac".repeat(length)),
);
const optionalText = fc.option(texts, { nil: undefined });
const messages = fc
  .record({
    role: fc.constantFrom("user", "system", "assistant", "developer", "tool", "robot", ""),
    content: optionalText,
    name: texts,
    toolCallId: fc.constantFrom("", "", "1"),
    refusal: optionalText,
    parts: fc.constantFrom([], [], [{ type: "text", text: "a" }]),
    toolCalls: fc.constantFrom([], [], [{ id: "1", type: "function", function: { name: "f" } }]),
  })
  .map(({ parts, toolCalls, ...rest }) =>
    create(ChatMessageSchema, { ...rest, parts: [...parts], toolCalls: [...toolCalls] }),
  );
const requests = fc.record(
  {
    messages: fc.array(messages, { minLength: 0, maxLength: 3 }),
    model: texts,
    temperature: numbers,
    topP: numbers,
    maxTokens: whole,
    maxCompletionTokens: whole,
    stop: fc.array(texts, { maxLength: 2 }),
    n: whole,
    seed: fc.constantFrom(undefined, 0n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) + 1n, -(2n ** 53n)),
    presencePenalty: numbers,
    frequencyPenalty: numbers,
    logprobs: fc.constantFrom(undefined, true, false),
    topLogprobs: whole,
    reasoningEffort: texts,
    user: texts,
    metadata: fc.dictionary(texts, texts, { maxKeys: 2 }),
    logitBias: fc.dictionary(fc.constant("1"), fc.constantFrom(-101, 0, 101), { maxKeys: 1 }),
    serviceTier: texts,
    verbosity: texts,
    promptCacheKey: texts,
    safetyIdentifier: texts,
  },
  { requiredKeys: ["messages"] },
);

test("what it is sure of keeps the rules of the contract", () => {
  const violationsOf = createMessageCheck();
  let sure = 0;
  const check = (request: ChatRequest) => {
    if (!isSurelyValid(request)) return;
    sure += 1;
    expect(violationsOf(ChatRequestSchema, request)).toEqual([]);
  };
  fc.assert(
    fc.property(requests, (request) => check(create(ChatRequestSchema, request))),
    { numRuns: 500 },
  );
  // One field at a time, in a request that is else good: most of the above break several rules.
  fc.assert(
    fc.property(requests, (request) => {
      for (const [key, value] of Object.entries(request))
        check(Object.assign(create(ChatRequestSchema, { messages: [hello] }), { [key]: value }));
    }),
    { numRuns: 300 },
  );
  expect(sure).toBeGreaterThan(500);
});

// A rule that is new or another belongs into the predicate, and then into this list.
test("it knows every rule of what it is sure of", () => {
  expect([ChatRequestSchema, ChatMessageSchema, StreamOptionsSchema].flatMap(rulesOf)).toEqual([
    "ChatRequest: chat_request.top_logprobs",
    'ChatRequest.model: {"string":{"maxBytes":"128"}}',
    'ChatRequest.messages: {"repeated":{"minItems":"1","maxItems":"2048"}}',
    'ChatRequest.temperature: {"double":{"lte":2,"gte":0}}',
    'ChatRequest.top_p: {"double":{"lte":1,"gte":0}}',
    'ChatRequest.max_tokens: {"int32":{"lte":1000000,"gte":1}}',
    'ChatRequest.max_completion_tokens: {"int32":{"lte":1000000,"gte":1}}',
    'ChatRequest.stop: {"repeated":{"maxItems":"16","items":{"string":{"minBytes":"1","maxBytes":"1024"}}}}',
    'ChatRequest.n: {"int32":{"lte":16,"gte":1}}',
    'ChatRequest.seed: {"int64":{"lte":"9007199254740991","gte":"-9007199254740991"}}',
    'ChatRequest.presence_penalty: {"double":{"lte":2,"gte":-2}}',
    'ChatRequest.frequency_penalty: {"double":{"lte":2,"gte":-2}}',
    'ChatRequest.top_logprobs: {"int32":{"lte":20,"gte":0}}',
    'ChatRequest.tools: {"repeated":{"maxItems":"128"}}',
    'ChatRequest.reasoning_effort: {"string":{"in":["","none","minimal","low","medium","high","xhigh"]}}',
    'ChatRequest.user: {"string":{"maxBytes":"256"}}',
    'ChatRequest.metadata: {"map":{"maxPairs":"16","keys":{"string":{"minBytes":"1","maxBytes":"64"}},"values":{"string":{"maxBytes":"512"}}}}',
    'ChatRequest.logit_bias: {"map":{"maxPairs":"1024","values":{"double":{"lte":100,"gte":-100}}}}',
    'ChatRequest.service_tier: {"string":{"maxBytes":"32"}}',
    'ChatRequest.verbosity: {"string":{"in":["","low","medium","high"]}}',
    'ChatRequest.prompt_cache_key: {"string":{"maxBytes":"256"}}',
    'ChatRequest.safety_identifier: {"string":{"maxBytes":"256"}}',
    "ChatMessage: chat_message.one_content",
    "ChatMessage: chat_message.some_content",
    "ChatMessage: chat_message.tool_call_id",
    "ChatMessage: chat_message.tool_calls",
    'ChatMessage.role: {"string":{"in":["system","developer","user","assistant","tool"]}}',
    'ChatMessage.parts: {"repeated":{"maxItems":"256"}}',
    'ChatMessage.name: {"string":{"maxBytes":"64"}}',
    'ChatMessage.tool_calls: {"repeated":{"maxItems":"128"}}',
    'ChatMessage.tool_call_id: {"string":{"maxBytes":"4096"}}',
    'ChatMessage.annotations: {"repeated":{"maxItems":"256"}}',
  ]);
});

function rulesOf(schema: DescMessage): readonly string[] {
  const ofMessage = hasOption(schema, messageRules)
    ? getOption(schema, messageRules).cel.map(({ id }) => `${schema.name}: ${id}`)
    : [];
  const ofFields = schema.fields
    .filter((each) => hasOption(each, fieldRules))
    .map((each) => `${schema.name}.${each.name}: ${toJsonString(FieldRulesSchema, getOption(each, fieldRules))}`);
  return [...ofMessage, ...ofFields];
}
