import { setImmediate } from "node:timers/promises";
import { UpstreamError } from "@meridian/core";
import { describe, expect, test, vi } from "vitest";
import { textSink } from "./body-text.js";
import { Exchange } from "./exchange.js";

/** Hands pieces to a sink, and gives what was taken, and what has failed. */
async function collect(pieces: readonly Buffer[], maxBytes = 1_000) {
  const heard: { taken: string[]; failures: unknown[]; closed: number } = { taken: [], failures: [], closed: 0 };
  const exchange: Exchange = Object.create(Exchange.prototype);
  vi.spyOn(exchange, "close").mockImplementation(() => {
    heard.closed += 1;
    return true;
  });
  const take = (text: string) => void heard.taken.push(text);
  const fail = (error: unknown) => void heard.failures.push(error);
  const sink = textSink(exchange, { status: 200, maxBytes, take, fail });
  for (const piece of pieces) {
    sink.data(piece);
    // It is the connection's, which reads the next bytes into it.
    piece.fill(0x78);
  }
  if (heard.failures.length === 0) sink.end();
  await setImmediate();
  return heard;
}

describe.each([
  ["nothing", ""],
  ["ASCII", '{"id":"1"}'],
  ["characters of two to four bytes, and one at the end", '{"é":"世界 😀, and more"} €'],
  ["nothing but long characters", "世界世界世界"],
  ["the mark of UTF-8, and half a pair", "\ufeffa\ufffdb"],
])("a body of %s", (_, text) => {
  const bytes = () => Buffer.from(text);
  const length = Buffer.byteLength(text);

  test("whole", async () => {
    expect(await collect([bytes()])).toEqual({ taken: [text], failures: [], closed: 0 });
  });

  test("byte by byte", async () => {
    const pieces = Array.from({ length }, (_, index) => Buffer.from(bytes().subarray(index, index + 1)));
    expect((await collect(pieces)).taken).toEqual([text]);
  });

  test("cut in two anywhere", async () => {
    for (let at = 0; at <= length; at += 1)
      expect((await collect([bytes().subarray(0, at), bytes().subarray(at)])).taken).toEqual([text]);
  });
});

test("what is not UTF-8 reads the same in one piece and in two", async () => {
  const bytes = [0x61, 0xe4, 0xb8, 0x62, 0xff, 0xf0, 0x9f];
  const whole = Buffer.from(bytes).toString();
  for (let at = 0; at <= bytes.length; at += 1)
    expect((await collect([Buffer.from(bytes.slice(0, at)), Buffer.from(bytes.slice(at))])).taken).toEqual([whole]);
});

test("a body that is longer than it may be is a malformed answer, and closes the exchange", async () => {
  const { taken, failures, closed } = await collect([Buffer.from("12345"), Buffer.from("67890"), Buffer.from("1")], 10);
  expect({ taken, closed }).toEqual({ taken: [], closed: 1 });
  expect(failures).toEqual([expect.any(UpstreamError)]);
});
