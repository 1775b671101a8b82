import type { ChatEvent } from "../handlers/chat-event.js";
import type { ReportedBatch } from "../handlers/stream-chat.js";
import { binaryOf } from "./binary-sink.js";
import { type ReportedEvent, writeEvent } from "./event-fields.js";
import { jsonOf } from "./json-sink.js";

/** Flags and length, before each message: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

/** The messages of a batch, each in its envelope, one after the other. */
export function encodeBatch({ events, report }: ReportedBatch, isBinary: boolean): Buffer {
  const messages: (string | Uint8Array)[] = [];
  let length = 0;
  for (const event of events) {
    // Sources are not asked for, and none comes.
    if (event.type === "source-chunk") continue;
    const message = plainTextOf(event, isBinary) ?? messageOf({ event, report: () => report(event) }, isBinary);
    messages.push(message);
    length += prefixBytes + Buffer.byteLength(message);
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const message of messages) {
    const start = at + prefixBytes;
    const size = typeof message === "string" ? bytes.write(message, start) : copy(message, bytes, start);
    bytes[at] = 0;
    bytes.writeUInt32BE(size, at + 1);
    at = start + size;
  }
  return bytes;
}

function copy(from: Uint8Array, to: Uint8Array, at: number): number {
  to.set(from, at);
  return from.byteLength;
}

function messageOf(event: ReportedEvent, isBinary: boolean): string | Uint8Array {
  return isBinary ? binaryOf(event, writeEvent) : jsonOf(event, writeEvent);
}

/**
 * The message of a piece of text alone, by far the most frequent; undefined for any other. To the byte what Protobuf's own
 * encoders make of it.
 */
function plainTextOf(event: ChatEvent, isBinary: boolean): string | Uint8Array | undefined {
  if (event.type !== "text-delta" || event.choice !== 0 || event.text === "" || event.logprobs.length > 0)
    return undefined;
  return isBinary ? textDeltaBytes(event.text) : `{"text_delta":{"text":${JSON.stringify(event.text)}}}`;
}

/** StreamChatResponse.text_delta and TextDelta.text: both are field 2, of a length that is told. */
const textTag = (2 << 3) | 2;

/** @see https://protobuf.dev/programming-guides/encoding/ */
function textDeltaBytes(text: string): Uint8Array | undefined {
  const textBytes = Buffer.byteLength(text);
  // What fits one byte of length. A longer piece is rare.
  if (textBytes > 125) return undefined;
  const bytes = Buffer.allocUnsafe(4 + textBytes);
  bytes[0] = textTag;
  bytes[1] = 2 + textBytes;
  bytes[2] = textTag;
  bytes[3] = textBytes;
  bytes.write(text, 4);
  return bytes;
}
