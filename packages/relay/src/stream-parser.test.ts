import { describe, expect, test } from "vitest";
import type { StreamOptions } from "./stream-parser.js";
import { piecesOf } from "./testing/pieces-of.js";
import { readPieces } from "./testing/read-pieces.js";
import { richEvents, richStream } from "./testing/rich-stream.js";

function read(pieces: Iterable<Uint8Array>, options: Partial<StreamOptions> = {}) {
  const { events, error } = readPieces(pieces, options);
  return { events, error };
}

function readLines(...lines: readonly string[]) {
  return read([Buffer.from(lines.map((line) => `${line}\n\n`).join(""))]);
}

const content = (text: string, finishReason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: finishReason }] })}`;
const delta = (text: string) => ({ type: "text-delta", choice: 0, text, logprobs: [] });
const end = { type: "choice-end", choice: 0, finishReason: "stop" };
const failing = (failure: object) => expect.objectContaining({ name: "UpstreamError", failure });

describe("a stream cut into pieces says the same", () => {
  test("in one piece", () => {
    expect(read([richStream], { choices: 2 })).toEqual({ events: richEvents, error: undefined });
  });

  test("cut in two at every byte", () => {
    for (let at = 0; at <= richStream.length; at++) {
      const result = read([richStream.subarray(0, at), richStream.subarray(at)], { choices: 2 });
      expect(result, `cut at byte ${at}`).toEqual({ events: richEvents, error: undefined });
    }
  });

  test.each([1, 2, 3, 7, 64])("in pieces of %i bytes", (size) => {
    expect(
      read(
        piecesOf(richStream, () => size),
        { choices: 2 },
      ),
    ).toEqual({
      events: richEvents,
      error: undefined,
    });
  });
});

test("chunks that are passed on keep their integers as they are written", () => {
  const chunk = '{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}],"seed":9223372036854775807}';
  const { events } = read([Buffer.from(`data: ${chunk}\n\n`)], { keepsSource: true });
  const sources = events.flatMap((event) => (event.type === "source-chunk" ? [JSON.stringify(event.chunk)] : []));
  expect(sources).toEqual([chunk]);
});

describe("a stream ends", () => {
  const rows: readonly (readonly [string, readonly string[], readonly object[]])[] = [
    ["at [DONE]", [content("Hi"), content("!", "stop"), "data: [DONE]"], [delta("Hi"), delta("!"), end]],
    ["without [DONE]", [content("Hi"), content("!", "stop")], [delta("Hi"), delta("!"), end]],
    ["at [DONE], whatever follows", [content("Hi", "stop"), "data: [DONE]", content("more")], [delta("Hi"), end]],
    ["with an answer that has no content", [content("", "stop"), "data: [DONE]"], [end]],
    ["past one malformed event", [content("Hi"), "data: {oops", content("", "stop")], [delta("Hi"), end]],
    ["past one event that is no chunk", [content("Hi"), "data: []", content("", "stop")], [delta("Hi"), end]],
    [
      "past a line that a byte order mark begins in the middle",
      [content("Hi"), `\ufeff${content("no")}`, content("", "stop")],
      [delta("Hi"), end],
    ],
    ["after a byte order mark", [`\ufeff${content("Hi", "stop")}`], [delta("Hi"), end]],
    [
      "with lines that end otherwise",
      [`${content("Hi")}\r\n\r\n${content("!", "stop")}\r\r`],
      [delta("Hi"), delta("!"), end],
    ],
    [
      "with a carriage return between the lines of its data",
      [content("Hi").replace(":[", ":\rdata: ["), content("", "stop")],
      [delta("Hi"), end],
    ],
    ["past comments, other fields and other events", [": x", "retry: 5", "event: ping", content("", "stop")], [end]],
  ];
  test.each(rows)("%s", (_, lines, events) => {
    expect(readLines(...lines)).toEqual({ events, error: undefined });
  });

  test("at [DONE] though fewer answers came than were asked for", () => {
    const stream = Buffer.from(`${content("Hi", "stop")}\n\ndata: [DONE]\n\n`);
    expect(read([stream], { choices: 2 })).toEqual({ events: [delta("Hi"), end], error: undefined });
  });

  test("and has finished with the body at [DONE] alone", () => {
    const whole = Buffer.from(`${content("Hi", "stop")}\n\n`);
    const done = Buffer.from("data: [DONE]\n\n");
    expect([readPieces([whole, done]).isDone, readPieces([whole]).isDone]).toEqual([true, false]);
  });
});

describe("a stream fails", () => {
  const truncated = (deltas: number) => ({ kind: "stream_truncated", deltas });
  const malformed = expect.objectContaining({ kind: "malformed_answer", status: 200 });
  const overloaded = { kind: "overloaded", status: 200, retryAfterMs: undefined };
  const rows: readonly (readonly [string, readonly string[], readonly object[], object])[] = [
    ["that is empty", [], [], truncated(0)],
    ["of nothing but [DONE]", ["data: [DONE]"], [], truncated(0)],
    ["of an empty chunk and [DONE]", ['data: {"choices":[]}', "data: [DONE]"], [], truncated(0)],
    ["that is cut", [content("Hi")], [delta("Hi")], truncated(1)],
    ["at [DONE] without a finish reason", [content("Hi"), "data: [DONE]"], [delta("Hi")], truncated(1)],
    ["at the second malformed event", [content("Hi"), "data: {", "data: }"], [delta("Hi")], malformed],
    ["past one malformed event, cut", [content("Hi"), "data: {"], [delta("Hi")], truncated(1)],
    [
      "at an error, after what came before it",
      [content("Hi"), 'data: {"error":{"message":"x","type":"server_error"}}', content("", "stop")],
      [delta("Hi")],
      overloaded,
    ],
    ["at an error of its own event type", ['event: error\ndata: {"error":"x"}'], [], overloaded],
    [
      "at one of Anthropic's errors",
      ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}'],
      [],
      overloaded,
    ],
    ["at an error after the end", [content("Hi", "stop"), 'data: {"error":"x"}'], [delta("Hi"), end], overloaded],
    ["that is not an event stream", ["<html></html>"], [], truncated(0)],
  ];
  test.each(rows)("%s", (_, lines, events, failure) => {
    expect(readLines(...lines)).toEqual({ events, error: failing(failure) });
  });

  test("where one choice of two never ends, [DONE] or not", () => {
    const both = '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{}}]}';
    for (const tail of ["", "data: [DONE]\n\n"]) {
      const { error } = read([Buffer.from(`data: ${both}\n\n${tail}`)], { choices: 2 });
      expect(error).toEqual(failing(truncated(1)));
    }
  });

  test("without [DONE] where fewer answers came than were asked for", () => {
    const { error } = read([Buffer.from(`${content("Hi", "stop")}\n\n`)], { choices: 2 });
    expect(error).toEqual(failing(truncated(1)));
  });

  test("where the last event has no end", () => {
    const { error } = read([Buffer.from(content("Hi", "stop"))]);
    expect(error).toEqual(failing(truncated(0)));
  });
});

describe("an event that is too long", () => {
  const whole = `${content("x".repeat(400), "stop")}\n\n`;
  const length = whole.length - "data: \n\n".length;
  const pieces = [1, 7, 64, 100_000];

  test.each(pieces)("stops the stream, in pieces of %i bytes", (size) => {
    const before = `${content("Hi")}\n\n`;
    const stream = piecesOf(Buffer.from(before + whole), () => size);
    const { events, error } = read(stream, { maxEventLength: length - 1 });
    expect(events).toEqual([delta("Hi")]);
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status: 200 } });
  });

  test.each(pieces)("is one character longer than the longest, in pieces of %i bytes", (size) => {
    const { error } = read(
      piecesOf(Buffer.from(whole), () => size),
      { maxEventLength: length },
    );
    expect(error).toBeUndefined();
  });

  test("stops the stream however it is put together, and is not waited for", () => {
    const line = Buffer.from("data: xxxxxxxx\n");
    let given = 0;
    function* endless() {
      for (;;) {
        given += line.length;
        yield line;
      }
    }
    const { error } = read(endless(), { maxEventLength: 10_000 });
    expect(error).toMatchObject({ failure: { kind: "malformed_answer" } });
    expect(given).toBeLessThan(20_000);
  });

  test("is not a comment: those are not kept", () => {
    const stream = [Buffer.from(":"), ...Array<Buffer>(100).fill(Buffer.alloc(1000, "x")), Buffer.from("\n\n")];
    const { error } = read([...stream, Buffer.from(whole)], { maxEventLength: length });
    expect(error).toBeUndefined();
  });
});
