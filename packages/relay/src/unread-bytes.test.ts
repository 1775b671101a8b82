import { expect, test } from "vitest";
import { seededRandom } from "./testing/random.js";
import { UnreadBytes } from "./unread-bytes.js";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

test("gives what was added, in order, in pieces of any size, of several streams at once", () => {
  const random = seededRandom(3);
  const streams = Array.from({ length: 5 }, () => ({ unread: new UnreadBytes(), added: "", taken: "" }));
  for (let step = 0; step < 5_000; step++) {
    const stream = streams[Math.floor(random() * streams.length)];
    if (stream === undefined) continue;
    const size = Math.floor(10 ** (random() * 5));
    if (random() < 0.5) {
      const bytes = Buffer.alloc(size, String.fromCharCode(97 + (step % 26)));
      stream.unread.add(bytes);
      bytes.fill(0);
      stream.added += String.fromCharCode(97 + (step % 26)).repeat(size);
    } else {
      const expected = Math.min(size, stream.unread.length);
      const taken = text(stream.unread.take(size));
      expect(taken).toHaveLength(expected);
      stream.taken += taken;
    }
    expect(stream.unread.length).toBe(stream.added.length - stream.taken.length);
  }
  for (const { unread, added, taken } of streams) expect(taken + text(unread.take(1e9))).toBe(added);
});

test("has nothing once it was cleared", () => {
  const unread = new UnreadBytes();
  for (const size of [1, 512, 513, 40_000]) {
    unread.add(Buffer.alloc(size, "x"));
    unread.clear();
    expect([unread.length, text(unread.take(10))]).toEqual([0, ""]);
    unread.add(Buffer.from("y"));
    expect(text(unread.take(10))).toBe("y");
  }
});
