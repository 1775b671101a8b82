import { type PromptTokens, requestFixtures } from "../fixture.js";
import { relayKey } from "../relay/instant-relay.js";
import type { CallForm, SubjectCall } from "./subject.js";

/** The bodies that OpenAI's API takes: the same bytes for everyone who takes JSON. */
export const openAiBodies = {
  unary: (prompt: PromptTokens) => Buffer.from(JSON.stringify(requestFixtures[prompt])),
  stream: (prompt: PromptTokens) => Buffer.from(JSON.stringify({ ...requestFixtures[prompt], ...streamed })),
} as const;

const streamed = { stream: true, stream_options: { include_usage: true } } as const;

/** What callers send besides: the country comes from the edge, as it does in production. */
export const callerHeaders = { "cf-ipcountry": "KR" } as const;

/** Calls of whoever speaks OpenAI's API. */
export const openAiCalls = {
  "unary-http1": call("http1", "json"),
  "unary-h2c": call("h2c", "json"),
  "stream-http1": call("http1", "sse"),
  "stream-h2c": call("h2c", "sse"),
} as const satisfies Record<CallForm, SubjectCall>;

/** The same for gateways that route by the model of the request, and serve HTTP/1.1 only. */
export function openAiCallsNaming(model: string): Readonly<Partial<Record<CallForm, SubjectCall>>> {
  const naming = (call: SubjectCall, extra: object): SubjectCall => ({
    ...call,
    body: (prompt) => Buffer.from(JSON.stringify({ model, ...requestFixtures[prompt], ...extra })),
  });
  return {
    "unary-http1": naming(openAiCalls["unary-http1"], {}),
    "stream-http1": naming(openAiCalls["stream-http1"], streamed),
  };
}

function call(transport: SubjectCall["transport"], answer: "json" | "sse"): SubjectCall {
  return {
    transport,
    answer,
    path: "/v1/chat/completions",
    headers: { ...callerHeaders, "content-type": "application/json", authorization: `Bearer ${relayKey}` },
    body: openAiBodies[answer === "json" ? "unary" : "stream"],
  };
}
