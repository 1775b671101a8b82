import { collect } from "@meridian/inference-client";
import type { ChatResponse } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { chatCalls, lastChatCall } from "./testing/chat-calls.js";
import { clientProtocols } from "./testing/client-protocols.js";
import { grpcJsProtocol } from "./testing/grpc-js-protocol.js";
import { programProtocols } from "./testing/program-protocols.js";
import { createProtoDirectory } from "./testing/proto-files.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy();
const protoDirectory = createProtoDirectory();

const request = {
  messages: [{ role: "user", content: "Find a similar category" }],
  reasoning_effort: "low",
  n: 2,
  seed: 42,
  logprobs: true,
  metadata: { team: "search" },
  extra_body: { top_k: 40, guided: [1, null, { choice: true }] },
};
const { extra_body: extra, ...common } = request;
const relayed = { ...common, ...extra, model: "deepseek-v3.2", temperature: 0.3, max_tokens: 256 };
const headers = new Headers({ "cf-ipcountry": "ID", "x-request-id": "one-for-all" });

describe.each([...clientProtocols, grpcJsProtocol, ...programProtocols])("$name", ({ open }) => {
  test("Chat", async (context) => {
    const caller = open(context, target(), protoDirectory);
    const { answer, headers: answerHeaders } = await caller.chat(request, headers);
    expectAnswer(answer, "unary");
    expectHeaders(answerHeaders);
    expect(lastChatCall(target().relay).body).toEqual(relayed);
  });

  test("StreamChat", async (context) => {
    const caller = open(context, target(), protoDirectory);
    const { answer: events, headers: answerHeaders } = await caller.streamChat(request, headers);
    expect(events[0]?.event.case).toBe("start");
    expect(events.at(-1)?.event.case).toBe("end");
    expect(events.filter(({ event }) => event.case === "textDelta").length).toBeGreaterThan(10);
    expectAnswer(await collect(eachOf(events)), "stream");
    expectHeaders(answerHeaders);
    const streaming = { stream: true, stream_options: { include_usage: true } };
    expect(lastChatCall(target().relay).body).toEqual({ ...relayed, ...streaming });
  });

  test("a typed error", async (context) => {
    const caller = open(context, target(), protoDirectory);
    const callsBefore = chatCalls(target().relay).length;
    const failure = await caller.failure({ ...request, model: "no-such-model" });
    expect(failure).toEqual({ code: "not_found", reason: "unknown_model" });
    expect(chatCalls(target().relay)).toHaveLength(callsBefore);
  });
});

/** The first answer, which every other has to equal: the simulator answers the same request with the same words. */
let first: Pick<ChatResponse, "choices" | "usage"> | undefined;

function expectAnswer({ choices, usage, model, route }: ChatResponse, transport: string): void {
  first ??= { choices, usage };
  expect({ choices, usage }).toEqual(first);
  expect(choices.map(({ finishReason }) => finishReason)).toEqual(["stop", "stop"]);
  for (const { message, logprobs } of choices) {
    expect(message?.content).toMatch(/simulated answer of deepseek-v3\.2/);
    expect(message?.reasoning).toMatch(/./);
    expect(logprobs?.content.map(({ token }) => token).join("")).toBe(message?.content);
  }
  expect(usage).toMatchObject({ source: "reported" });
  expect(model).toBe("deepseek-v3.2");
  expect(route).toMatchObject({
    requestId: "one-for-all",
    country: "ID",
    countrySource: "cf-ipcountry",
    tier: "low",
    model: "deepseek-v3.2",
    attempts: [{ outcome: "ok", transport }],
    totalCostNanoUsd: BigInt(usage?.completionTokens ?? 0) * 420n,
  });
}

function expectHeaders(answerHeaders: Headers): void {
  expect(answerHeaders.get("x-request-id")).toBe("one-for-all");
  expect(answerHeaders.get("x-model-routed")).toBe("deepseek-v3.2");
  expect(answerHeaders.get("x-region-code")).toBe("ID");
  expect(answerHeaders.get("x-edge-latency-ms")).toMatch(/^\d+$/);
}

async function* eachOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
