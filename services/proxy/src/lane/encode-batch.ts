import type { ReportedBatch } from "../handlers/stream-chat.js";
import { binaryOf } from "./binary-sink.js";
import { writeEvent } from "./event-fields.js";
import { jsonOf } from "./json-sink.js";

/** Flags and length, before each message: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

/** The messages of a batch, each in its envelope, one after the other. */
export function encodeBatch({ events, report }: ReportedBatch, isBinary: boolean): Buffer {
  const messages: Buffer[] = [];
  let length = 0;
  for (const event of events) {
    // Sources are not asked for, and none comes.
    if (event.type === "source-chunk") continue;
    const reported = { event, report: () => report(event) };
    const message = isBinary ? binaryOf(reported, writeEvent) : jsonOf(reported, writeEvent);
    messages.push(message);
    length += prefixBytes + message.length;
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const message of messages) {
    bytes[at] = 0;
    bytes.writeUInt32BE(message.length, at + 1);
    bytes.set(message, at + prefixBytes);
    at += prefixBytes + message.length;
  }
  return bytes;
}
