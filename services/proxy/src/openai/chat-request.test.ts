import { ConnectError } from "@connectrpc/connect";
import type { JsonObject, JsonValue } from "@meridian/core";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { createMessageCheck } from "../interceptors/validate-request.js";
import { chatRequestFrom } from "./chat-request.js";

const check = createMessageCheck();
const messages = [{ role: "user", content: "hello" }];
const policy = {
  aliases: new Map([
    ["gpt-4o", "auto"],
    ["fast", "deepseek-v3.2"],
  ]),
};

const read = (body: JsonValue) => chatRequestFrom(body, "r1", policy, check);
const callOf = (more: JsonObject) => read({ messages, ...more }).call;

describe("which models may answer", () => {
  test.each<[string, JsonObject, string | undefined, readonly string[]]>([
    ["none is named", {}, undefined, []],
    ["null", { model: null }, undefined, []],
    ["auto", { model: "auto" }, undefined, []],
    ["an alias of auto", { model: "gpt-4o" }, undefined, []],
    ["one", { model: "gpt-4.1" }, "gpt-4.1", []],
    ["an alias of one", { model: "fast" }, "deepseek-v3.2", []],
    ["several", { model: "a, b,c" }, "a", ["b", "c"]],
    ["auto and then some", { model: "auto,b" }, undefined, ["b"]],
    ["a list beside the model", { model: "a", models: ["b", "c"] }, "a", ["b", "c"]],
    ["a list alone", { models: ["a", "fast"] }, "a", ["deepseek-v3.2"]],
    ["fallbacks", { model: "a", fallbacks: ["b"] }, "a", ["b"]],
    ["fallbacks of the routing options come last", { model: "a,b", meridian: { fallbacks: ["c"] } }, "a", ["b", "c"]],
    ["extra_body, as it is", { model: "a", extra_body: { models: ["b"] } }, "a", ["b"]],
  ])("%s", (_name, more, model, fallbacks) => {
    const call = callOf(more);
    expect({ model: call.model, fallbacks: call.routing.fallbacks }).toEqual({ model, fallbacks });
  });
});

test("what the planner looks at", () => {
  const call = callOf({
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: [{ type: "text", text: "first" }, { type: "image_url" }, { type: "text", text: "2" }] },
      { role: "assistant", content: null, tool_calls: [] },
    ],
    temperature: 0,
    max_tokens: 5,
    max_completion_tokens: 6,
    n: 3,
    user: "u1",
    meridian: { tier: "high", allowed_models: ["fast"], max_cost_nano_usd: "7", commit: "buffered" },
  });
  expect(call).toMatchObject({
    requestId: "r1",
    texts: ["s", "first", "2"],
    question: "first\n2",
    temperature: 0,
    maxTokens: 6,
    choices: 3,
    user: "u1",
    keepsSource: true,
    routing: { tier: "high", allowedModels: ["deepseek-v3.2"], maxCostNanoUsd: 7n, commit: "buffered" },
  });
});

test("the body has what is not Meridian's, as it came", () => {
  const rest = { messages, top_p: 0.5, seed: null, logit_bias: { "1": -100 }, unknown: { deep: [null] }, user: "u" };
  const ours = { model: "a", models: ["b"], fallbacks: [], meridian: { report: true }, stream: true };
  const filled = { temperature: null, max_tokens: null, n: null, stream_options: null };
  expect(callOf({ ...rest, ...ours, ...filled, extra_body: { top_k: 5 } }).body).toEqual({ ...rest, top_k: 5 });
});

test.each<[string, JsonObject, object]>([
  ["nothing asked", {}, { isStreamed: false, includesUsage: false, includesRoute: false }],
  ["a stream", { stream: true }, { isStreamed: true, includesUsage: false }],
  ["usage on it", { stream: true, stream_options: { include_usage: true } }, { isStreamed: true, includesUsage: true }],
  ["the route", { meridian: { report: true } }, { includesRoute: true }],
])("what the answer has: %s", (_name, more, expected) => {
  expect(read({ messages, ...more })).toMatchObject(expected);
});

describe("refuses", () => {
  const long = "x".repeat(129);
  test.each<[string, JsonValue, readonly string[]]>([
    ["what is no object", [1], [""]],
    ["no messages", {}, ["messages"]],
    ["empty messages", { messages: [] }, ["messages"]],
    ["too many", { messages: Array.from({ length: 2049 }, () => ({ role: "user" })) }, ["messages"]],
    ["messages that are none", { messages: ["hello"] }, ["messages"]],
    ["values out of range", { messages, temperature: 2.1, n: 129, max_tokens: 0 }, ["max_tokens", "temperature", "n"]],
    ["values of the wrong type", { messages, model: 1, stream: "yes", user: {} }, ["model", "stream", "user"]],
    ["half a token", { messages, max_completion_tokens: 1.5 }, ["max_completion_tokens"]],
    ["a long name", { messages, models: ["a", long] }, ["models[1]"]],
    ["too many fallbacks", { messages, model: "a,b,c,d,e,f,g,h,i,j" }, ["model"]],
    ["auto as a fallback", { messages, model: "a,auto" }, ["fallbacks[0]"]],
    ["a word that is none", { messages, meridian: { tier: "best" } }, ["meridian.tier"]],
    ["an unknown option", { messages, meridian: { teir: "low" } }, ["meridian.teir"]],
    ["an option of the wrong type", { messages, meridian: { fallbacks: "a" } }, ["meridian.fallbacks"]],
    ["report as a text", { messages, meridian: { report: "yes" } }, ["meridian.report"]],
    ["restart", { messages, meridian: { commit: "restart" } }, ["meridian.commit"]],
    ["extra_body as a list", { messages, extra_body: [] }, ["extra_body"]],
  ])("%s", (_name, body, fields) => {
    let thrown: unknown;
    try {
      read(body);
    } catch (error) {
      thrown = error;
    }
    const [detail] = thrown instanceof ConnectError ? thrown.findDetails(ErrorDetailSchema) : [];
    expect(detail).toMatchObject({ reason: "invalid_request" });
    expect(detail?.violations.map(({ field }) => field)).toEqual(fields);
  });
});

// Empty options keep a request off the short way of usual ones, and change nothing else.
test.for<JsonObject>([
  {},
  { model: "gpt-4.1" },
  { model: "fast" },
  { model: "gpt-4o" },
  { model: "a,b" },
  { model: " a " },
  { model: "" },
  { messages: [{ role: "system", content: "s" }, ...messages, { content: "", role: "assistant" }] },
  { temperature: 0, top_p: 1, max_tokens: 5, max_completion_tokens: 6, n: 3, user: "u1" },
  { presence_penalty: -2, frequency_penalty: 2 },
  { n: 17 },
])("a usual request is read as any other: %j", (more) => {
  expect(read({ messages, ...more })).toEqual(read({ messages, ...more, meridian: {} }));
});
