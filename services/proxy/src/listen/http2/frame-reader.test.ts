import { expect, test } from "vitest";
import { frame, frameTypes } from "../../testing/http2-peer.js";
import { type Frame, FrameReader } from "./frame-reader.js";
import { ConnectionError } from "./protocol.js";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const sent = Buffer.concat([
  preface,
  frame(frameTypes.settings, 0, 0),
  frame(frameTypes.headers, 5, 0x7fffffff, Buffer.from("headers")),
  frame(frameTypes.data, 1, 3, Buffer.alloc(300, 7)),
  frame(0xff, 0xff, 1, Buffer.of(1)),
]);
const expected = ["4 0 0 ", "1 5 2147483647 headers", `0 1 3 ${"\x07".repeat(300)}`, "255 255 1 \x01"];

function createLog() {
  const lines: string[] = [];
  const take = ({ type, flags, streamId, bytes, from, to }: Frame) => {
    lines.push(`${type} ${flags} ${streamId} ${bytes.toString("latin1", from, to)}`);
    return true;
  };
  return { lines, take };
}

test("frames are found however they are cut", () => {
  for (let cut = 0; cut <= sent.byteLength; cut += 1) {
    const reader = new FrameReader();
    const { lines, take } = createLog();
    reader.read(sent.subarray(0, cut), take);
    reader.read(sent.subarray(cut), take);
    expect(lines).toEqual(expected);
  }
});

test("and byte by byte", () => {
  const reader = new FrameReader();
  const { lines, take } = createLog();
  for (const byte of sent) reader.read(Buffer.of(byte), take);
  expect(lines).toEqual(expected);
});

test("a frame of 16,384 bytes is the largest", () => {
  const read = (length: number) => {
    const reader = new FrameReader();
    reader.read(preface, () => true);
    // What is too large is refused before it has come.
    reader.read(frame(frameTypes.data, 0, 1, Buffer.alloc(length)).subarray(0, 9), () => true);
  };
  read(16_384);
  expect(() => read(16_385)).toThrow(ConnectionError);
});

test("what does not begin as HTTP/2 does is refused at its first wrong byte", () => {
  for (let at = 0; at < preface.byteLength; at += 1) {
    const wrong = Buffer.from(preface.subarray(0, at + 1));
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    const reader = new FrameReader();
    reader.read(wrong.subarray(0, at), () => true);
    expect(() => reader.read(wrong.subarray(at), () => true)).toThrow(ConnectionError);
  }
});

test("nothing is given once nothing is taken", () => {
  const types: number[] = [];
  new FrameReader().read(sent, ({ type }) => {
    types.push(type);
    return false;
  });
  expect(types).toEqual([frameTypes.settings]);
});

test("it knows that it waits for the rest of headers, and of nothing else", () => {
  const waits = (cut: Buffer) => {
    const reader = new FrameReader();
    reader.read(Buffer.concat([preface, cut]), () => true);
    return reader.isAmidHeaders;
  };
  expect(waits(frame(frameTypes.headers, 4, 1, Buffer.alloc(5)).subarray(0, 12))).toBe(true);
  expect(waits(frame(frameTypes.continuation, 4, 1, Buffer.alloc(5)).subarray(0, 12))).toBe(true);
  expect(waits(frame(frameTypes.data, 0, 1, Buffer.alloc(5)).subarray(0, 12))).toBe(false);
  expect(waits(frame(frameTypes.headers, 4, 1, Buffer.alloc(5)))).toBe(false);
});
