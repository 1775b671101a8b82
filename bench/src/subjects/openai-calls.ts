import { requestFixture } from "../fixture.js";
import type { CallShape } from "../load/load-job.js";
import { relayKey } from "../relay/instant-relay.js";
import type { CallForm } from "./subject.js";

/** The bodies that OpenAI's API takes: the same bytes for everyone who takes JSON. */
export const openAiBodies = {
  unary: Buffer.from(JSON.stringify(requestFixture)),
  stream: Buffer.from(JSON.stringify({ ...requestFixture, stream: true, stream_options: { include_usage: true } })),
} as const;

/** What callers send besides: the country comes from the edge, as it does in production. */
export const callerHeaders = { "cf-ipcountry": "KR" } as const;

/** Calls of whoever speaks OpenAI's API. */
export const openAiCalls = {
  "unary-http1": call("http1", "json"),
  "unary-h2c": call("h2c", "json"),
  "stream-http1": call("http1", "sse"),
  "stream-h2c": call("h2c", "sse"),
} as const satisfies Record<CallForm, CallShape>;

function call(transport: CallShape["transport"], answer: "json" | "sse"): CallShape {
  return {
    transport,
    answer,
    path: "/v1/chat/completions",
    headers: { ...callerHeaders, "content-type": "application/json", authorization: `Bearer ${relayKey}` },
    bodyBase64: openAiBodies[answer === "json" ? "unary" : "stream"].toString("base64"),
  };
}
