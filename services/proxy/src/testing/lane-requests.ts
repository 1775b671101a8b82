import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { envelope, isEnveloped, isJson, type Wire, type WireOptions } from "./wire-call.js";

/** A request as it goes over the wire. */
export interface LaneRequest extends WireOptions {
  readonly name: string;
  readonly wire: Wire;
  /** Several pieces come in chunks of a length that nobody tells. */
  readonly body: Uint8Array | readonly Uint8Array[];
}

const http1 = (rpc: Wire["rpc"], contentType: string): Wire => ({
  name: contentType,
  rpc,
  httpVersion: 1,
  contentType,
});
const http2 = (rpc: Wire["rpc"], contentType: string): Wire => ({
  name: contentType,
  rpc,
  httpVersion: 2,
  contentType,
});

/** Every form that the lane answers. */
export const laneWires: readonly Wire[] = [
  http1("Chat", "application/json"),
  http2("Chat", "application/json; charset=utf-8"),
  http1("Chat", "application/proto"),
  http2("Chat", "application/proto"),
  http2("Chat", "application/grpc"),
  http2("Chat", "application/grpc+json"),
  http1("StreamChat", "application/connect+json"),
  http2("StreamChat", "application/connect+proto"),
  http2("StreamChat", "application/grpc+proto"),
  http2("StreamChat", "application/grpc+json"),
];

const hello = { role: "user", content: "hello" };
const messages = [hello];
const tool = { type: "function", function: { name: "search", parameters: { type: "object" } } };
const toolCall = { id: "1", type: "function", function: { name: "search", arguments: "{}" } };

/** Messages that are of the contract's form; most keep its rules, some do not. */
const wellFormed: readonly JsonObject[] = [
  { messages },
  {
    messages: [
      { role: "system", content: "" },
      hello,
      { role: "assistant", content: "gr\u00fc\u00df \u{1f600}" },
      hello,
    ],
  },
  { messages, temperature: 0.5, top_p: 0.9, max_tokens: 7, seed: 5, n: 2, user: "me", presence_penalty: -1 },
  { messages, max_completion_tokens: 9, logprobs: true, top_logprobs: 2, stop: ["x"], metadata: { a: "b" } },
  { messages, tools: [tool], tool_choice: "auto", parallel_tool_calls: true, reasoning_effort: "low" },
  {
    messages: [hello, { role: "assistant", tool_calls: [toolCall] }, { role: "tool", tool_call_id: "1", content: "2" }],
  },
  { messages: [{ role: "user", parts: [{ type: "text", text: "hello" }] }] },
  { messages, model: "gpt-4.1", routing: { fallbacks: ["gemini-2.5-flash"], commit: "buffered" } },
  { messages, extra_body: { top_k: 1, deep: [null, { a: true }] } },
  { messages, response_format: { type: "json_object" }, service_tier: "flex", store: true },
  { messages, stream_options: { include_usage: true } },
  { messages, stream: true },
  { messages, stream: false },
  { messages: [] },
  { messages: [{ role: "robot", content: "hi" }] },
  { messages: [{ role: "user" }] },
  { messages: [{ role: "user", content: "a", name: "n".repeat(65) }] },
  { messages, temperature: 9 },
  { messages, max_tokens: 0 },
  { messages, top_logprobs: 2 },
  { messages, seed: "9007199254740992" },
  { messages, user: "u".repeat(257) },
  { messages, logit_bias: { 1: 101 } },
  { messages, model: "no-such-model" },
  { messages, tool_choice: "perhaps" },
  { messages, extra_body: { temperature: 1 } },
  // What the relays' rules make of them.
  { messages, model: "claude-sonnet-4.5" },
  { messages, model: "gemini-2.5-flash" },
];

/** JSON that the reader has its own thoughts about. */
const jsonTexts: readonly string[] = [
  "",
  "null",
  "[]",
  '"x"',
  "{",
  '{"messages":[{"role":"user","content":"hello"}]} x',
  '{"messages":[{"role":"user","content":"hello"}],}',
  '\ufeff{"messages":[{"role":"user","content":"hello"}]}',
  ' {"messages" : [{"role":"user","content":"hello","content":"again"}]} ',
  '{"messages":[{"role":"user","content":"hello"}],"maxTokens":5,"topP":1}',
  '{"messages":[{"role":"user","content":"hello"}],"max_tokens":"5","temperature":"0.5","seed":"7"}',
  '{"messages":[{"role":"user","content":"hello"}],"max_tokens":5.5}',
  '{"messages":[{"role":"user","content":"hello"}],"temperature":"NaN"}',
  '{"messages":[{"role":"user","content":"hello"}],"temperature":null,"tools":null}',
  '{"messages":[{"role":"user","content":"hello"}],"unknown_field":1}',
  '{"messages":[{"role":"user","content":"hello","extra":1}]}',
  '{"messages":[{"role":"user","content":5}]}',
  '{"messages":[null]}',
  '{"messages":[{"role":"user","content":"\\ud800"}]}',
  '{"messages":[{"role":"user","content":"hello"}],"__proto__":{"a":1}}',
  `{"messages":[{"role":"user","content":"hello"}],"extra_body":${'{"a":'.repeat(200)}1${"}".repeat(200)}}`,
];

const truncations = [1, 3, 5, 9];

/** Headers that are none of the usual. */
const oddHeaders: readonly (Readonly<Record<string, string | string[]>> & { readonly "content-type"?: string })[] = [
  { "connect-timeout-ms": "5000" },
  { "connect-timeout-ms": "0" },
  { "connect-timeout-ms": "soon" },
  { "connect-timeout-ms": "99999999999" },
  { "grpc-timeout": "5S" },
  { "grpc-timeout": "0n" },
  { "grpc-timeout": "5" },
  { "grpc-timeout": "1H", "connect-timeout-ms": "5000" },
  { "connect-protocol-version": "1" },
  { "connect-protocol-version": "2" },
  { "content-encoding": "identity", "grpc-encoding": "identity", "connect-content-encoding": "identity" },
  { "content-encoding": "gzip" },
  { "grpc-encoding": "gzip" },
  { "connect-content-encoding": "gzip" },
  { "content-encoding": "br", "grpc-encoding": "br", "connect-content-encoding": "br" },
  { "accept-encoding": "br, gzip", "grpc-accept-encoding": "identity, gzip", "connect-accept-encoding": "gzip,br" },
  { "accept-encoding": "", "grpc-accept-encoding": "br", "connect-accept-encoding": "br" },
  { origin: "https://app.example.com" },
  { origin: "https://other.example.com" },
  { "cf-ipcountry": "KR", "x-request-start": "t=1700000000.123", "x-forwarded-for": "1.2.3.4" },
  { "x-request-id": "not well formed \u00e4" },
  { cookie: ["a=1", "b=2"] },
  { "content-type": "text/plain" },
  { "content-type": "application/json" },
  { "content-type": "Application/JSON" },
  { "content-type": "application/json; charset=latin1" },
  { "content-type": "application/grpc-web+json" },
  { "content-type": "application/connect+json" },
  { "content-type": "application/grpc" },
  { "content-type": "application/proto; x=y" },
];

function encode(wire: Wire, message: JsonObject): Buffer {
  if (isJson(wire) || wire.contentType.includes("json")) return Buffer.from(JSON.stringify(message));
  return Buffer.from(toBinary(ChatRequestSchema, fromJson(ChatRequestSchema, message)));
}

const wrapped = (wire: Wire, message: Uint8Array, flags = 0) =>
  isEnveloped(wire) ? envelope(message, flags) : Buffer.from(message);

/** Valid, invalid and broken requests of one form. `maxBytes` is the limit of the proxy. */
export function laneRequests(wire: Wire, maxBytes: number): readonly LaneRequest[] {
  const good = encode(wire, { messages });
  const request = (name: string, body: LaneRequest["body"], options: WireOptions = {}): LaneRequest => ({
    name,
    wire,
    body,
    ...options,
  });
  const isText = wire.contentType.includes("json");
  const whole = wrapped(wire, good);
  const middle = Math.floor(whole.length / 2);
  return [
    ...wellFormed.map((message) => request(JSON.stringify(message), wrapped(wire, encode(wire, message)))),
    ...(isText ? jsonTexts : []).map((text) =>
      request(`the text ${text.slice(0, 80)}`, wrapped(wire, Buffer.from(text))),
    ),
    request(
      "bytes that are not UTF-8",
      wrapped(wire, Buffer.from(good.toString("latin1").replace("hello", "h\xff"), "latin1")),
    ),
    request("an unknown field", wrapped(wire, Buffer.concat([good, Buffer.of(0xfa, 0x3e, 1, 0x61)]))),
    request("bytes that are none of the form", wrapped(wire, Buffer.alloc(40, 0xff))),
    ...truncations.map((cut) => request(`${cut} bytes too few`, whole.subarray(0, -cut))),
    request("no body", Buffer.alloc(0)),
    request("in pieces", [whole.subarray(0, 3), whole.subarray(3, middle), whole.subarray(middle)]),
    request("above the limit", wrapped(wire, Buffer.alloc(maxBytes + 1, "x"))),
    request("above the limit, in pieces", [Buffer.alloc(maxBytes, "x"), Buffer.alloc(maxBytes, "x")]),
    ...(isEnveloped(wire) ? brokenEnvelopes(good).map((body, index) => request(`broken envelope ${index}`, body)) : []),
    ...oddHeaders.map((headers) => request(JSON.stringify(headers), whole, { headers })),
    request("PUT", whole, { method: "PUT" }),
    request("OPTIONS", Buffer.alloc(0), { method: "OPTIONS", headers: { origin: "https://app.example.com" } }),
    request("a query", whole, { path: `/meridian.inference.v1.InferenceService/${wire.rpc}?a=b` }),
    request("another path", whole, { path: `/meridian.inference.v1.InferenceService/${wire.rpc}/` }),
  ];
}

function brokenEnvelopes(message: Uint8Array): readonly Buffer[] {
  const ofLength = (length: number) => {
    const bytes = envelope(message);
    bytes.writeUInt32BE(length, 1);
    return bytes;
  };
  const end = envelope(Buffer.from("{}"), 2);
  return [
    ...[1, 2, 3, 4, 128, 255].map((flags) => envelope(message, flags)),
    ...[0, 1, message.length - 1, message.length + 1, 0xffffffff].map(ofLength),
    Buffer.concat([envelope(message), envelope(message)]),
    Buffer.concat([envelope(message), end]),
    Buffer.concat([end, envelope(message)]),
    end,
    envelope(message).subarray(0, 3),
    Buffer.concat([envelope(message), Buffer.of(0)]),
  ];
}
