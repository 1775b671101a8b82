import { fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { StreamChatResponseSchema } from "@meridian/inference-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatEvent } from "../handlers/chat-event.js";
import { rpcJson } from "../listen/rpc-json.js";
import { streamEventFrom } from "../translate/stream-event.js";
import { encodeBatch } from "./encode-batch.js";

const report = () => {
  throw new Error("no delta has a report");
};
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    "",
    "x".repeat(124),
    "x".repeat(125),
    "x".repeat(126),
    "\u00e4".repeat(63),
    "\ud800",
    '"\\\u2028\u0000',
  ),
);
const events: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.record({ type: fc.constant("text-delta" as const), choice: fc.nat(2), text: texts, logprobs: fc.constant([]) }),
  fc.record({ type: fc.constant("reasoning-delta" as const), choice: fc.nat(2), text: texts }),
  fc.record({
    type: fc.constant("tool-call-delta" as const),
    choice: fc.nat(1),
    index: fc.nat(3),
    id: texts,
    name: texts,
    arguments: texts,
  }),
);

test.for([true, false])(
  "the messages of a batch are to the byte what Protobuf makes of them (binary: %s)",
  (isBinary) => {
    fc.assert(
      fc.property(fc.array(events), (batch) => {
        const expected = batch.map((event) => {
          if (event.type === "source-chunk") throw new Error("no source");
          const message = streamEventFrom(event, report);
          return isBinary
            ? Buffer.from(toBinary(StreamChatResponseSchema, message))
            : Buffer.from(toJsonString(StreamChatResponseSchema, message, rpcJson));
        });
        expect(envelopesIn(encodeBatch({ events: batch, report }, isBinary))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  },
);

test("a source is no event of the contract", () => {
  const source: ChatEvent = { type: "source-chunk", chunk: {}, isContent: false, length: 2 };
  const delta: ChatEvent = { type: "text-delta", choice: 0, text: "a", logprobs: [] };
  const [json, ...others] = envelopesIn(encodeBatch({ events: [source, delta, source], report }, false));
  expect(others).toEqual([]);
  const [binary] = envelopesIn(encodeBatch({ events: [delta], report }, true));
  expect(fromJsonString(StreamChatResponseSchema, `${json}`)).toEqual(
    fromBinary(StreamChatResponseSchema, binary ?? Buffer.alloc(0)),
  );
});

function envelopesIn(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0);
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
