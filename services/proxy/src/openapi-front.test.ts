import type { JsonObject, JsonValue } from "@meridian/core";
import { parseFault } from "@meridian/relay-simulator";
import { afterEach, describe, expect, test } from "vitest";
import { expectPublished, messageFaults, requestFaults } from "./testing/published-schemas.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy({ yaml: "routing: {aliases: {fast: deepseek-v3.2}}" });
afterEach(() => target().relay.setFaults([]));

const chat = { path: "/v1/chat/completions", method: "post" } as const;
const json = "application/json";
const hello = { role: "user", content: "hello" };
const messages = [hello];
const tool = {
  type: "function",
  function: { name: "search", description: "Searches", parameters: { type: "object" } },
};

const pathUrl = (path: string) => `${target().proxy.url}${path}`;

function post(body: JsonObject, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const init = { method: "POST", headers: { "content-type": json, ...headers }, body: JSON.stringify(body) };
  return fetch(pathUrl(chat.path), init);
}

async function answerOf(response: Response) {
  const body: JsonValue = await response.json();
  return { status: response.status, headers: response.headers, body };
}

describe("answers of the OpenAI front are as published", () => {
  test.each([
    ["a plain one", { messages }],
    ["all that Meridian reads", { messages, model: "gpt-4.1,fast", n: 2, temperature: 1, max_tokens: 9, user: "u" }],
    ["its report", { messages, meridian: { report: true, tier: "high", commit: "buffered" } }],
    ["tool calls", { messages, tools: [tool], tool_choice: "required" }],
    ["nulls", { messages, model: null, models: null, n: null, stream: null, stream_options: null, meridian: null }],
  ])("whole: %s", async (_, request) => {
    expect(requestFaults(chat, json, request)).toEqual([]);
    const answer = await answerOf(await post(request));
    expect(answer.status).toBe(200);
    expectPublished(chat, answer);
  });

  test.each([
    ["a plain one", undefined, "choices", "[DONE]"],
    ["usage and report", undefined, "usage", "[DONE]"],
    ["an error after the first token", "cut;after=3", "error", undefined],
  ])("streamed: %s", async (_, fault, part, last) => {
    if (fault !== undefined) target().relay.setFaults([{ fault: parseFault(fault) }]);
    const request = { messages, stream: true, stream_options: { include_usage: true }, meridian: { report: true } };
    expect(requestFaults(chat, json, request)).toEqual([]);
    const response = await post(request);
    const events = [...(await response.text()).matchAll(/^data: (.+)$/gm)].map(([, data = ""]) => data);
    const parsed = events.filter((data) => data !== "[DONE]").map((data): JsonObject => JSON.parse(data));
    for (const message of parsed) expect(messageFaults(chat, "text/event-stream", message)).toEqual([]);
    expect(parsed.flatMap((message) => Object.keys(message))).toContain(part);
    expect(events.filter((data) => data === "[DONE]")).toEqual(last === undefined ? [] : [last]);
  });

  test.each(["/v1/models", "/v1/models/auto", "/v1/models/fast", "/v1/models/gpt-4.1"])("%s", async (path) => {
    const answer = await answerOf(await fetch(pathUrl(path)));
    expect(answer.status).toBe(200);
    expectPublished({ path: path.replace(/(?<=models\/).+/, "{id}"), method: "get" }, answer);
  });

  test("/v1/models/gpt-9", async () => {
    const answer = await answerOf(await fetch(pathUrl("/v1/models/gpt-9")));
    expect(answer.status).toBe(404);
    expectPublished({ path: "/v1/models/{id}", method: "get" }, answer);
  });

  test.each([
    [400, "an invalid request", { messages: [] }, undefined, {}],
    [400, "a restart, which has no words here", { messages, meridian: { commit: "restart" } }, undefined, {}],
    [404, "an unknown model", { messages, model: "gpt-9" }, undefined, {}],
    [413, "a large request", { messages, user: "x".repeat(5_000_000) }, undefined, {}],
    [415, "another media type", { messages }, undefined, { "content-type": "text/plain" }],
    // A model each: a breaker that one opens is not to answer for the next.
    [429, "no credit", { messages, model: "gpt-4.1" }, "status-402", {}],
    [503, "a relay that is down", { messages, model: "claude-sonnet-4.5" }, "status-503", {}],
    [504, "a deadline", { messages, model: "fast" }, "silent", { "x-stainless-timeout": "0.1" }],
  ])("%i: %s", async (status, _, request, fault, headers) => {
    if (fault !== undefined) target().relay.setFaults([{ fault: parseFault(fault) }]);
    const answer = await answerOf(await post(request, headers));
    expect(answer.status).toBe(status);
    expectPublished(chat, answer);
  });
});

describe("a published limit of the OpenAI front is the one that holds", () => {
  test.each([
    ["messages", { messages: Array(2048).fill(hello) }, { messages: Array(2049).fill(hello) }],
    ["messages, none", { messages }, { messages: [] }],
    ["model", { model: `fast${" ".repeat(1148)}` }, { model: "x".repeat(1153) }],
    ["models", { models: Array(9).fill("fast") }, { models: Array(10).fill("fast") }],
    ["models, length", { models: ["fast"] }, { models: ["x".repeat(129)] }],
    ["temperature, most", { temperature: 2 }, { temperature: 2.01 }],
    ["temperature, least", { temperature: 0 }, { temperature: -0.01 }],
    ["max_tokens, most", { max_tokens: 1_000 }, { max_tokens: 1_000_001 }],
    ["max_tokens, least", { max_tokens: 1 }, { max_tokens: 0 }],
    ["max_completion_tokens", { max_completion_tokens: 1 }, { max_completion_tokens: 1.5 }],
    ["n, most", { n: 128 }, { n: 129 }],
    ["n, least", { n: 1 }, { n: 0 }],
    ["user", { user: "x".repeat(4096) }, { user: "x".repeat(4097) }],
    ["stream", { stream: false }, { stream: "false" }],
    ["stream_options", { stream_options: null }, { stream_options: [] }],
    ["extra_body", { extra_body: { top_k: 3 } }, { extra_body: "top_k" }],
    ["meridian.tier", { meridian: { tier: "low" } }, { meridian: { tier: "best" } }],
    ["meridian.report", { meridian: { report: false } }, { meridian: { report: "yes" } }],
    ["meridian.commit", { meridian: { commit: "buffered" } }, { meridian: { commit: "restart" } }],
    ["meridian, unknown", { meridian: {} }, { meridian: { teir: "low" } }],
    ["a message", { messages }, { messages: ["hello"] }],
  ])("%s", async (_, within, beyond) => {
    expect(requestFaults(chat, json, { messages, ...within })).toEqual([]);
    expect((await post({ messages, ...within })).status).toBe(200);
    expect(requestFaults(chat, json, { messages, ...beyond })).not.toEqual([]);
    expect((await post({ messages, ...beyond })).status).toBe(400);
  });
});
