import type { JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import { parseFault } from "@meridian/relay-simulator";
import { afterEach, describe, expect, test } from "vitest";
import { callJson, getJson, rpcUrl } from "./testing/call-json.js";
import {
  expectPublished,
  messageFaults,
  publishedNames,
  requestFaults,
  rpcOperation,
  schemaFaults,
} from "./testing/published-schemas.js";
import { useTestProxy } from "./testing/use-test-proxy.js";
import { envelope } from "./testing/wire-call.js";

const target = useTestProxy();
const url = () => target().proxy.url;
afterEach(() => target().relay.setFaults([]));

const hello = { role: "user", content: "hello" };
const messages = [hello];
const json = "application/json";
const streamJson = "application/connect+json";
const tool = {
  type: "function",
  function: { name: "search", description: "Searches", parameters: { type: "object" } },
};

test.each(publishedNames)("%s is a schema", (name) => {
  expect(schemaFaults(name, "no object")).toContain(" type");
});

describe("answers are as published", () => {
  test.each([
    ["a plain one", { messages }],
    ["two, with log probabilities", { messages, n: 2, logprobs: true, top_logprobs: 2 }],
    ["tool calls", { messages, tools: [tool], tool_choice: "required" }],
    ["JSON", { messages, response_format: { type: "json_object" } }],
  ])("Chat: %s", async (_, request) => {
    expect(requestFaults(rpcOperation("Chat"), json, request)).toEqual([]);
    const answer = await callJson(url(), "Chat", request, { "cf-ipcountry": "ID" });
    expect(answer.status).toBe(200);
    expectPublished(rpcOperation("Chat"), answer);
  });

  test.each([
    ["text_delta", undefined, { messages }],
    ["tool_call_delta", undefined, { messages, tools: [tool], tool_choice: "required" }],
    ["restart", "cut;after=3", { messages, routing: { commit: "restart", fallbacks: ["gpt-4.1"] } }],
    ["error", "cut;after=3", { messages }],
    ["error", undefined, { messages: [] }],
  ])("StreamChat: a stream with %s, fault: %s", async (part, fault, request) => {
    if (fault !== undefined) target().relay.setFaults([{ fault: parseFault(fault), times: 1 }]);
    const operation = rpcOperation("StreamChat");
    const response = await fetch(rpcUrl(url(), "StreamChat"), {
      method: "POST",
      headers: { "content-type": streamJson },
      body: new Uint8Array(envelope(Buffer.from(JSON.stringify(request)))),
    });
    const envelopes = opened(Buffer.from(await response.arrayBuffer()));
    for (const { message } of envelopes) expect(messageFaults(operation, streamJson, message)).toEqual([]);
    // The end is the last, and nothing else is one.
    expect(envelopes.map(({ flags }) => flags)).toEqual([...envelopes.slice(1).map(() => 0), 2]);
    expect(envelopes.flatMap(({ message }) => Object.keys(message ?? {}))).toContain(part);
  });

  test.each(["ExplainRoute", "ListModels"] as const)("%s, by POST and by GET", async (rpc) => {
    const request = rpc === "ExplainRoute" ? { chat: { messages } } : {};
    for (const [method, call] of [["post", callJson] as const, ["get", getJson] as const]) {
      const answer = await call(url(), rpc, request);
      expect(answer.status).toBe(200);
      expectPublished(rpcOperation(rpc, method), answer);
    }
  });

  test.each([
    ["an invalid request", 400, { messages: [] }, undefined],
    ["a field that is not there", 400, { messages, temprature: 1 }, undefined],
    ["an unknown model", 404, { messages, model: "gpt-9" }, undefined],
    // A model each: a breaker that one opens is not to answer for the next.
    ["a relay without credit", 429, { messages, model: "gpt-4.1" }, "status-402"],
    ["a relay that is down", 503, { messages, model: "claude-sonnet-4.5" }, "status-503"],
  ])("Chat fails: %s", async (_, status, request, fault) => {
    if (fault !== undefined) target().relay.setFaults([{ fault: parseFault(fault) }]);
    const answer = await callJson(url(), "Chat", request);
    expect(answer.status).toBe(status);
    expectPublished(rpcOperation("Chat"), answer);
    expect(answer.body).toMatchObject({ details: [{ debug: { reason: expect.any(String) } }] });
  });

  test("Chat fails: its deadline and its content type", async () => {
    const late = await callJson(url(), "Chat", { messages }, { "connect-timeout-ms": "0" });
    expect(late.status).toBe(504);
    expectPublished(rpcOperation("Chat"), late);
    const text = await callJson(url(), "Chat", { messages }, { "content-type": "text/plain" });
    expect(text.status).toBe(415);
    expectPublished(rpcOperation("Chat"), text);
  });

  test("each code has its status", () => {
    const codes = [
      Code.InvalidArgument,
      Code.FailedPrecondition,
      Code.NotFound,
      Code.Aborted,
      Code.ResourceExhausted,
      Code.Canceled,
      Code.Internal,
      Code.Unavailable,
      Code.DeadlineExceeded,
    ];
    for (const code of codes) {
      const body = { code: codeToString(code) };
      const headers = new Headers({ "content-type": json });
      expectPublished(rpcOperation("Chat"), { status: codeToHttpStatus(code), headers, body });
    }
  });
});

describe("a published limit is the one that holds", () => {
  const operation = rpcOperation("ExplainRoute");
  const chatOf = (fields: object): JsonValue => ({ chat: JSON.parse(JSON.stringify({ messages, ...fields })) });

  test.each([
    ["messages", { messages: Array(2048).fill(hello) }, { messages: Array(2049).fill(hello) }],
    ["temperature, most", { temperature: 2 }, { temperature: 2.01 }],
    ["temperature, least", { temperature: 0 }, { temperature: -0.01 }],
    ["max_tokens", { max_tokens: 1 }, { max_tokens: 0 }],
    ["stop", { stop: ["x"] }, { stop: [""] }],
    ["stop, length", { stop: ["x".repeat(1024)] }, { stop: ["x".repeat(1025)] }],
    ["stop, count", { stop: Array(16).fill("x") }, { stop: Array(17).fill("x") }],
    ["seed, as text", { seed: "9007199254740991" }, { seed: "many" }],
    ["seed, as a number", { seed: -9007199254740991 }, { seed: -9007199254740994 }],
    ["tools", { tools: Array(128).fill(tool) }, { tools: Array(129).fill(tool) }],
    ["a tool's type", { tools: [tool] }, { tools: [{ ...tool, type: "browser" }] }],
    ["a tool's function", { tools: [tool] }, { tools: [{ type: "function" }] }],
    ["a tool's name", { tools: [tool] }, { tools: [{ ...tool, function: { name: "a b" } }] }],
    ["a role", { messages: [{ ...hello, role: "system" }] }, { messages: [{ content: "x" }] }],
    ["metadata, keys", { metadata: { a: "" } }, { metadata: { "": "" } }],
    ["metadata, values", { metadata: { a: "x".repeat(512) } }, { metadata: { a: "x".repeat(513) } }],
    ["logit_bias", { logit_bias: { "1": 100 } }, { logit_bias: { "1": 101 } }],
    ["reasoning_effort", { reasoning_effort: "" }, { reasoning_effort: "a lot" }],
    ["routing.tier", { routing: { tier: "high" } }, { routing: { tier: "best" } }],
    ["routing.max_cost_nano_usd", { routing: { max_cost_nano_usd: 1e12 } }, { routing: { max_cost_nano_usd: -1 } }],
    ["unknown fields", { extra_body: { a: 1 } }, { a: 1 }],
    ["types", { user: "a" }, { user: 1 }],
  ])("%s", async (_, within, beyond) => {
    expect(requestFaults(operation, json, chatOf(within))).toEqual([]);
    expect(await statusOf(within)).toBe(200);
    expect(requestFaults(operation, json, chatOf(beyond))).not.toEqual([]);
    expect(await statusOf(beyond)).toBe(400);
  });

  const statusOf = async (fields: object) =>
    (await callJson(url(), "ExplainRoute", { chat: { messages, ...fields } })).status;
});

/** The envelopes of a stream. */
function opened(bytes: Buffer): readonly { readonly flags: number; readonly message: JsonValue }[] {
  if (bytes.length === 0) return [];
  const end = 5 + bytes.readUInt32BE(1);
  const message: JsonValue = JSON.parse(bytes.subarray(5, end).toString());
  return [{ flags: bytes.readUInt8(0), message }, ...opened(bytes.subarray(end))];
}
