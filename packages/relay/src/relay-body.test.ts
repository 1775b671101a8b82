import type { JsonObject } from "@meridian/core";
import { expect, test } from "vitest";
import { relayBody } from "./relay-body.js";
import { testRequest } from "./testing/relay-request.js";

const messages = [{ role: "user", content: "hi" }];
const base = { model: "openai/gpt-4.1", messages, temperature: 0.7, max_tokens: 1000 };

const unary: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["the defaults where the caller left them open", {}, base],
  ["the caller's temperature", { temperature: 0 }, { ...base, temperature: 0 }],
  ["the caller's max_tokens", { max_tokens: 5 }, { ...base, max_tokens: 5 }],
  [
    "max_completion_tokens instead of max_tokens",
    { max_completion_tokens: 5 },
    { model: base.model, messages, temperature: 0.7, max_completion_tokens: 5 },
  ],
  ["keys that nobody here knows", { top_k: 3, deep: { er: [null] } }, { ...base, top_k: 3, deep: { er: [null] } }],
  ["the deployment's model, whatever the body says", { model: "o1-pro" }, base],
  ["no streaming, whatever the body says", { stream: true }, base],
  ["no stream_options, which relays refuse without stream", { stream_options: { include_obfuscation: false } }, base],
];

test.each(unary)("a unary body has %s", (_, body, expected) => {
  expect(JSON.parse(relayBody(testRequest("http://relay", body), "unary"))).toEqual(expected);
});

const streamed: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["usage", {}, { include_usage: true }],
  ["usage though the caller wants none", { stream_options: { include_usage: false } }, { include_usage: true }],
  ["the other options", { stream_options: { obfuscate: false } }, { obfuscate: false, include_usage: true }],
  ["usage in place of options that are not an object", { stream_options: "all" }, { include_usage: true }],
  ["usage in place of no options", { stream_options: null }, { include_usage: true }],
];

test.each(streamed)("a streamed body asks for %s", (_, body, options) => {
  expect(JSON.parse(relayBody(testRequest("http://relay", body), "stream"))).toEqual({
    ...base,
    stream: true,
    stream_options: options,
  });
});
