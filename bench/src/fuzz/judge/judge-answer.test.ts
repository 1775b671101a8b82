import { describe, expect, test } from "vitest";
import { frame, frameFlags, frameTypes, setting } from "../wire/http2-frames.js";
import { judgeAnswer } from "./judge-answer.js";

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const framed = (block: Buffer, body = "") =>
  Buffer.concat([
    frame(frameTypes.settings, 0, 0, setting(3, 100)),
    frame(frameTypes.headers, frameFlags.endHeaders, 1, block),
    frame(frameTypes.data, frameFlags.endStream, 1, Buffer.from(body)),
  ]);
// A literal by the name of index 8, in Huffman's code: 503, 502.
const [status503, status502] = ["4883" + "6c0cff", "4882" + "6c02"].map((hex) => Buffer.from(hex, "hex"));

const answered = { end: "answered" } as const;
const fine = [
  { name: "an answer", answer: "closed", bytes: Buffer.from(ok) },
  {
    name: "refusals, one after the other",
    answer: "closed",
    bytes: Buffer.from(`${ok}HTTP/1.1 400 Bad Request\r\n\r\n`),
  },
  { name: "silence where nothing is due", answer: "any", bytes: Buffer.alloc(0) },
  { name: "HTTP/2: 200 from the table", answer: "stream", bytes: framed(Buffer.of(0x88), "{}") },
  { name: "HTTP/2: a table that is emptied first", answer: "stream", bytes: framed(Buffer.of(0x20, 0x8c)) },
] as const;

const wrong = [
  {
    name: "500",
    answer: "closed",
    bytes: Buffer.from("HTTP/1.1 500 Internal Server Error\r\n\r\n"),
    found: ["status 500"],
  },
  {
    name: "500 behind a good answer",
    answer: "any",
    bytes: Buffer.from(`${ok}HTTP/1.1 500 Internal Server Error\r\n\r\n`),
    found: ["status 500"],
  },
  { name: "nothing", answer: "closed", bytes: Buffer.alloc(0), found: ["closed without an answer"] },
  {
    name: "an error of Connect's",
    answer: "any",
    bytes: Buffer.from(`${ok}{"error":{"code":"internal"}}`),
    found: ['the answer says "code":"internal"'],
  },
  {
    name: "a trailer of gRPC-Web's",
    answer: "any",
    bytes: Buffer.from(`${ok}grpc-status: 13\r\n`),
    found: ["the answer says grpc-status: 13"],
  },
  { name: "HTTP/2: 500 from the table", answer: "stream", bytes: framed(Buffer.of(0x8e)), found: ["status 500"] },
] as const;

describe("judgeAnswer", () => {
  test.each(fine)("$name is fine", ({ answer, bytes }) => {
    expect(judgeAnswer({ answer }, { bytes, ...answered })).toEqual([]);
  });

  test.each(wrong)("$name is not", ({ answer, bytes, found }) => {
    expect(judgeAnswer({ answer }, { bytes, ...answered })).toEqual(found);
  });

  test("a status in Huffman's code is read", () => {
    expect(judgeAnswer({ answer: "stream" }, { bytes: framed(status503 ?? Buffer.alloc(0)), ...answered })).toEqual([]);
    const bytes = framed(status502 ?? Buffer.alloc(0));
    expect(judgeAnswer({ answer: "stream" }, { bytes, ...answered })).toEqual(["status 502"]);
  });

  test("an answer that does not come, and nobody to give one", () => {
    const bytes = Buffer.alloc(0);
    expect(judgeAnswer({ answer: "stream" }, { bytes, end: "overdue" })).toEqual([
      "a request that is whole was not answered",
    ]);
    expect(judgeAnswer({ answer: "any" }, { bytes, end: "unreachable" })).toEqual(["nobody listens"]);
  });

  test("gRPC's own services may say INTERNAL of what they cannot decode", () => {
    const bytes = Buffer.from("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    expect(judgeAnswer({ answer: "closed", isGrpcsOwn: true }, { bytes, ...answered })).toEqual([]);
  });
});
