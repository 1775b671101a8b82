import { type AnswerEvent, isDelta, UpstreamError } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { corrupt } from "./testing/corrupt.js";
import { piecesOf } from "./testing/pieces-of.js";
import { seededRandom } from "./testing/random.js";
import { readPieces } from "./testing/read-pieces.js";
import { richEvents, richStream } from "./testing/rich-stream.js";

const maxEventLength = 1_000;

function read(pieces: Iterable<Uint8Array>) {
  const { events, error } = readPieces(pieces, { choices: 2, maxEventLength });
  return { events, error };
}

describe("a corrupted stream", () => {
  test.each([1, 2, 3, 4])("says what its valid events say, or fails as an upstream's, seed %i", (seed) => {
    const random = seededRandom(seed);
    const ends = { asBefore: 0, otherwise: 0, failed: 0 };
    for (let round = 0; round < 1_000; round++) {
      const stream = corrupt(richStream, random);
      const { events, error } = read(piecesOf(stream, () => 1 + Math.floor(random() * 200)));
      const name = `seed ${seed}, round ${round}`;
      if (error !== undefined) {
        expect(error, name).toBeInstanceOf(UpstreamError);
        ends.failed++;
        continue;
      }
      expectWhole(events, name);
      // The same text, taken apart by a reader that has all of it at once, and without what is not JSON.
      const { valid, invalid } = eventsIn(stream);
      expect(invalid, name).toBeLessThanOrEqual(1);
      expect(read([Buffer.from(valid.map((data) => `data: ${data}\n\n`).join(""))]), name).toEqual({
        events,
        error,
      });
      ends[JSON.stringify(events) === JSON.stringify(richEvents) ? "asBefore" : "otherwise"]++;
    }
    // All three are there, or this looks at nothing.
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(20);
  });

  test("of nothing but noise fails", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 500; round++) {
      const noise = Buffer.from(Array.from({ length: 2_000 }, () => Math.floor(random() * 256)));
      const { events, error } = read(piecesOf(noise, () => 100));
      expect(events).toEqual([]);
      expect(error).toBeInstanceOf(UpstreamError);
    }
  });

  test("without its line ends is read no further than the longest event", () => {
    // From the first event on: a comment may be of any length, as none of it is kept.
    const line = Buffer.from(
      richStream
        .toString()
        .replace(/^.*?(?=data: )/s, "")
        .replace(/[\r\n]/g, ""),
    );
    let given = 0;
    function* endless() {
      for (;;) {
        for (const piece of piecesOf(line, () => 100)) {
          given += piece.length;
          yield piece;
        }
      }
    }
    const { error } = read(endless());
    expect(error).toMatchObject({ failure: { kind: "malformed_answer" } });
    expect(given).toBeLessThan(2 * maxEventLength);
  });
});

/** Every choice that the events tell of has ended, once, and there is one. */
function expectWhole(events: readonly AnswerEvent[], round: string) {
  const ends = events.flatMap((event) => (event.type === "choice-end" ? event.choice : []));
  const choices = events.flatMap((event) => (isDelta(event) ? event.choice : []));
  expect(ends.length, round).toBeGreaterThan(0);
  expect(new Set(ends).size, round).toBe(ends.length);
  expect(ends, round).toEqual(expect.arrayContaining(choices));
}

/**
 * The data of the events of a whole text up to `[DONE]`: what is a JSON object, and how many are not.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
function eventsIn(stream: Buffer): { readonly valid: readonly string[]; readonly invalid: number } {
  const valid: string[] = [];
  let invalid = 0;
  let data: string[] = [];
  // What follows the last line end is no line.
  const lines = new TextDecoder()
    .decode(stream)
    .split(/\r\n|\n|\r/)
    .slice(0, -1);
  for (const line of lines) {
    const [, field = line, value = ""] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (line !== "" || data.length === 0) continue;
    const joined = data.join("\n");
    data = [];
    if (joined === "[DONE]") return { valid: [...valid, joined], invalid };
    if (isObject(joined)) valid.push(joined.replace(/\n/g, " "));
    else invalid++;
  }
  return { valid, invalid };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
