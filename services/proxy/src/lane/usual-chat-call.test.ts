import { fromJsonString } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMessageCheck } from "../interceptors/validate-request.js";
import { rpcJson } from "../listen/rpc-json.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { usualChatCall } from "./usual-chat-call.js";

const policy = { aliases: new Map([["fast", "gpt-4.1-mini"]]) };
const read = (json: string) => usualChatCall(Buffer.from(json), "id", policy);
const violationsOf = createMessageCheck();

const texts = fc.oneof(
  fc.constantFrom("", "a", "user", "assistant", "tool", "fast", "gpt-4.1", "auto", "\ud800", '"\\\u2028\u0000'),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(42, 43, 85, 86, 128, 129, 257).map((length) => "\u20ac".repeat(length)),
);
const numbers = fc.constantFrom(-3, -2, -0, 0, 0.5, 1, 2, 3, 16, 17, 1e6, 1e6 + 1, 1e300);
const odd = fc.constantFrom(null, true, "1", "NaN", [], {}, [1], { a: 1 });
const messages = fc.record(
  {
    role: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom("user", "system", "assistant", "developer", "tool") },
      texts,
    ),
    content: fc.oneof({ weight: 9, arbitrary: texts }, odd),
    name: fc.constantFrom("n", ""),
  },
  { requiredKeys: ["role", "content"] },
);
const list = fc.array(messages, { maxLength: 3 });
const number = fc.oneof({ weight: 6, arbitrary: numbers }, odd);
const text = fc.oneof({ weight: 6, arbitrary: texts }, odd);
const fields = {
  model: text,
  temperature: number,
  top_p: number,
  max_tokens: number,
  max_completion_tokens: number,
  n: number,
  presence_penalty: number,
  frequency_penalty: number,
  user: text,
  stop: fc.constant(["x"]),
  maxTokens: numbers,
  stream: fc.boolean(),
  ["__proto__"]: odd,
};

test("a usual request is to the field the call that its message makes, and keeps the rules", () => {
  let usual = 0;
  const check = (json: string) => {
    const call = read(json);
    if (call === undefined) return;
    usual += 1;
    const message = fromJsonString(ChatRequestSchema, json, rpcJson);
    expect(violationsOf(ChatRequestSchema, message)).toEqual([]);
    expect(call).toEqual(chatCallFrom(message, "id", "whole", policy));
    expect(JSON.stringify(call.body)).toBe(JSON.stringify(chatCallFrom(message, "id", "whole", policy).body));
  };
  const hello = [{ role: "user", content: "hello" }];
  fc.assert(
    fc.property(list, fc.record(fields, { requiredKeys: [] }), (messages, request) => {
      check(JSON.stringify({ messages, ...request }));
      // One field at a time in a request that is else good: most of the above break a rule.
      for (const [key, value] of Object.entries(request)) check(JSON.stringify({ [key]: value, messages: hello }));
    }),
    { numRuns: 500 },
  );
  expect(usual).toBeGreaterThan(300);
});

test.for([
  "",
  "null",
  "[]",
  "{}",
  '{"messages":[]}',
  '{"messages":[{"role":"user"}]}',
  '{"messages":[{"role":"user","content":"\\ud800"}]}',
  '{"messages":[{"role":"user","content":"a","name":"n"}]}',
  '{"messages":[{"role":"user","content":"a"}],"top_k":1}',
  '{"messages":[{"role":"user","content":"a","content":"a"}]}',
  '{"messages":[{"role":"user","content":"a","\\u0063ontent":"a"}]}',
  '{"n":1,"messages":[{"role":"user","content":"a"}],"n":1e0}',
  '{"messages":[],"messages":[{"role":"user","content":"a"}]}',
])("leaves %s to others", (json) => {
  expect(read(json)).toBeUndefined();
});

test.for(['"', "\\", '\\"', '\\\\"', '"\\', '"a"\\\\\\'])("takes the text %j", (content) => {
  const json = JSON.stringify({ messages: [{ role: "user", content }], model: "gpt-4.1" }, undefined, 2);
  expect(read(json)).toMatchObject({ question: content });
});

test("leaves bytes that are not UTF-8 to others", () => {
  const json = Buffer.from('{"messages":[{"role":"user","content":"a"}]}');
  json[json.indexOf("a", 35)] = 0xff;
  expect(usualChatCall(json, "id", policy)).toBeUndefined();
});

test("takes what callers send most", () => {
  const json = JSON.stringify({
    model: "fast",
    messages: [
      { role: "system", content: "Be brief." },
      { content: "hello", role: "user" },
      { role: "assistant", content: "" },
    ],
    temperature: 0.2,
    max_tokens: 256,
    user: "me",
  });
  expect(read(json)).toMatchObject({ model: "gpt-4.1-mini", alias: "fast", question: "hello", maxTokens: 256 });
});
