import { gzipSync } from "node:zlib";
import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { expectRefused } from "./testing/expect-refused.js";
import { refusedMessages } from "./testing/refused-messages.js";
import { useWellProxy } from "./testing/use-well-proxy.js";
import {
  envelope,
  isEnveloped,
  isJson,
  type Outcome,
  type Wire,
  type WireOptions,
  wireCall,
  wires,
} from "./testing/wire-call.js";

const messages = [{ role: "user", content: "hello" }];
const proxyOf = useWellProxy();

function send(wire: Wire, message: Uint8Array | readonly Uint8Array[], options?: WireOptions): Promise<Outcome> {
  const body = message instanceof Uint8Array && isEnveloped(wire) ? envelope(message) : message;
  return wireCall(proxyOf().proxy.url, wire, body, options);
}

function encode(wire: Wire, message: JsonValue): Uint8Array {
  return isJson(wire)
    ? Buffer.from(JSON.stringify(message))
    : toBinary(ChatRequestSchema, fromJson(ChatRequestSchema, message));
}

describe.for(wires)("$name", (wire) => {
  test.for(refusedMessages)("$name", async ({ message, expected }) => {
    expectRefused(await send(wire, encode(wire, message(wire))), expected);
  });

  test("20 MB, of a length that is told", async () => {
    const outcome = await send(wire, Buffer.alloc(20_000_000, "x"));
    expectRefused(outcome, {
      code: "resource_exhausted",
      reason: "request_too_large",
      words: /limit of 4194304 bytes/,
    });
  });

  test("20 MB, in chunks of a length that nobody tells", async () => {
    const chunks = Array.from({ length: 20 }, () => Buffer.alloc(1_000_000, "x"));
    const prefix = isEnveloped(wire) ? [envelope(new Uint8Array()).fill(1, 1)] : [];
    const outcome = await send(wire, [...prefix, ...chunks]);
    expectRefused(outcome, {
      code: "resource_exhausted",
      reason: "request_too_large",
      words: /limit of 4194304 bytes/,
    });
  });

  test("a gzip bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(bomb.length).toBeLessThan(1_000_000);
    const outcome = await wireCall(proxyOf().proxy.url, wire, isEnveloped(wire) ? envelope(bomb, 1) : bomb, {
      headers: { [encodingHeader(wire)]: "gzip" },
    });
    expectRefused(outcome, {
      code: "resource_exhausted",
      reason: "request_too_large",
      words: /limit of 4194304 bytes/,
    });
  });

  test("bytes that are not gzip", async () => {
    const body = isEnveloped(wire) ? envelope(Buffer.from("hello"), 1) : Buffer.from("hello");
    const outcome = await wireCall(proxyOf().proxy.url, wire, body, { headers: { [encodingHeader(wire)]: "gzip" } });
    expectRefused(outcome, {});
  });

  test("a compression that nobody knows", async () => {
    const outcome = await send(wire, encode(wire, { messages }), { headers: { [encodingHeader(wire)]: "lzma" } });
    expectRefused(outcome, { code: "unimplemented", words: /lzma.*gzip/ });
  });

  test("a deadline that is none", async () => {
    const header = wire.contentType.startsWith("application/grpc") ? "grpc-timeout" : "connect-timeout-ms";
    expectRefused(await send(wire, encode(wire, { messages }), { headers: { [header]: "soon" } }), {
      words: /timeout/,
    });
  });

  test("text that is not UTF-8", async () => {
    const message = Buffer.from(encode(wire, { messages: [...messages, { role: "user", content: "caf\u00e9" }] }));
    // The last byte of the last character: what is left of it is no character.
    message[message.lastIndexOf(0xa9)] = 0x20;
    expectRefused(await send(wire, message), { field: "messages[1].content", rule: "decode.utf8", words: /UTF-8/ });
  });

  test("a message that is cut short", async () => {
    const message = encode(wire, { messages, user: "somebody" });
    const outcome = await send(wire, message.subarray(0, message.length - 3));
    expectRefused(outcome, isJson(wire) ? { words: /JSON/ } : { field: "user", rule: "decode.truncated" });
  });

  test("free JSON 100,000 levels deep", async () => {
    const message = isJson(wire) ? deepJson(100_000) : deepStruct(10_000);
    expectRefused(await send(wire, message), {
      field: "extra_body",
      rule: "decode.nesting",
      words: /nested too deeply/,
    });
  });

  test("no body", async () => {
    const outcome = await wireCall(proxyOf().proxy.url, wire, new Uint8Array());
    // No bytes are an empty message in Connect's binary form, no JSON, and no message where there are prefixes.
    const { contentType } = wire;
    if (contentType === "application/proto") expectRefused(outcome, { field: "messages" });
    else if (isEnveloped(wire)) expectRefused(outcome, { code: "unimplemented", words: /missing input message/ });
    else expectRefused(outcome, { words: /JSON/ });
  });
});

// Found by the fuzz run: gRPC percent-encodes what an error says, and only whole characters can be.
describe.for([2, 1] as const)("half of a character in what a refusal repeats, over HTTP/%i", (httpVersion) => {
  const contentType = httpVersion === 2 ? "application/grpc+json" : "application/grpc-web+json";
  const wire: Wire = { name: contentType, rpc: "Chat", httpVersion, contentType };

  test.for([
    { name: "the name of a field", json: '{"\\ud800":1}' },
    { name: "a value of another type", json: '{"messages":"\\ud800"}' },
    { name: "a value that is cut there", json: JSON.stringify({ max_tokens: `x${"\u{1f600}".repeat(2_000)}` }) },
    { name: "a value that is cut there, one further", json: JSON.stringify({ max_tokens: "\u{1f600}".repeat(2_000) }) },
  ])("$name", async ({ json }) => {
    expect((await send(wire, Buffer.from(json))).code).toBe("invalid_argument");
    const path = "/grpc.health.v1.Health/Check";
    expect((await wireCall(proxyOf().proxy.url, wire, envelope(Buffer.from(json)), { path })).code).toBe(
      "invalid_argument",
    );
  });
});

function encodingHeader(wire: Wire): string {
  if (wire.contentType.startsWith("application/grpc")) return "grpc-encoding";
  return isEnveloped(wire) ? "connect-content-encoding" : "content-encoding";
}

function deepJson(levels: number): Uint8Array {
  return Buffer.from(
    `{"messages":[{"role":"user","content":"x"}],"extra_body":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`,
  );
}

/** extra_body with Structs within Structs, in the binary form: each level is entries -> value -> struct_value. */
function deepStruct(levels: number): Uint8Array {
  let struct: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level += 1) {
    const value = field(5, struct);
    struct = field(1, Buffer.concat([field(1, Buffer.from("a")), field(2, value)]));
  }
  return Buffer.concat([toBinary(ChatRequestSchema, fromJson(ChatRequestSchema, { messages })), field(21, struct)]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
