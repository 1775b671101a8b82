import { describe, expect, test } from "vitest";
import { systemClock } from "../../edge/system-clock.js";
import { collectGarbage } from "../../testing/collect-garbage.js";
import { endHeaders, endStream, frame, frameTypes, headerField, uint32 } from "../../testing/http2-peer.js";
import { openHttp2, requestOf } from "../../testing/open-http2.js";
import { readBody } from "../read-body.js";
import { errorCode } from "./protocol.js";

const { data, headers, reset, windowUpdate } = frameTypes;
const post = requestOf("POST");

describe("a request", () => {
  test("whose body nobody reads is held to 64 KiB, and goes on as it is read", async () => {
    const { peer, call, settle } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request } = await call();
    for (let sent = 0; sent < 4; sent += 1) await peer.send(frame(data, 0, 1, Buffer.alloc(16_000)));
    await settle();
    // But for the connection's, which is widened at once.
    expect(peer.received(windowUpdate)).toHaveLength(1);
    let read = 0;
    request.on("data", (chunk) => {
      read += chunk.byteLength;
    });
    await expect.poll(() => read).toBe(64_000);
    expect(peer.received(windowUpdate)).toContainEqual(uint32(64_000));
    await peer.send(frame(data, 0, 1, Buffer.alloc(16_000)));
    await expect.poll(() => read).toBe(80_000);
  });

  test("that sends more than it may is reset, and its connection goes on", async () => {
    const { peer, call, settle } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { events } = await call();
    for (let sent = 0; sent < 5; sent += 1) await peer.send(frame(data, 0, 1, Buffer.alloc(16_000)));
    await expect.poll(() => peer.received(reset)).toEqual([uint32(errorCode.flowControlError)]);
    expect(events).toEqual(["close"]);
    await settle();
  });

  test("gives back the whole of the connection's window, whatever becomes of its body", async () => {
    const { peer, calls, call, settle } = await openHttp2();
    const part = frame(data, 8, 1, Buffer.concat([Buffer.of(255), Buffer.alloc(16_000)]));
    // More than eight windows: read, filled up, unread when it is reset by either side, for a stream that is over.
    for (let id = 1; id < 300; id += 2) {
      await peer.send(frame(headers, endHeaders, id, post));
      const { request, response } = await call(calls.length === (id + 1) / 2 ? calls.length - 1 : (id - 1) / 2);
      if (id % 3 === 0) request.on("data", () => {});
      for (let sent = 0; sent < 4; sent += 1)
        await peer.send(Buffer.concat([part.subarray(0, 5), uint32(id), part.subarray(9)]));
      await settle();
      if (id % 3 === 1) response.destroy();
      else await peer.send(frame(reset, 0, id, uint32(8)));
      await peer.send(Buffer.concat([part.subarray(0, 5), uint32(id), part.subarray(9)]));
      await settle();
    }
    expect(peer.isClosed()).toBe(false);
  });

  test("of many small frames comes in the pieces that are read", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request } = await call();
    const pieces: number[] = [];
    request.on("data", (chunk) => pieces.push(chunk.byteLength));
    await peer.send(Buffer.concat(Array.from({ length: 1_000 }, () => frame(data, 0, 1, Buffer.of(1)))));
    await expect.poll(() => pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_000);
    expect(pieces.length).toBeLessThan(10);
  });

  test.for<[name: string, frames: readonly Buffer[]]>([
    ["longer than it says", [frame(headers, endHeaders, 1, lengthOf(3)), frame(data, endStream, 1, Buffer.alloc(4))]],
    ["shorter", [frame(headers, endHeaders, 1, lengthOf(3)), frame(data, endStream, 1, Buffer.alloc(2))]],
    ["without a body", [frame(headers, endHeaders + endStream, 1, lengthOf(3))]],
    [
      "shorter, before its trailers",
      [
        frame(headers, endHeaders, 1, lengthOf(3)),
        frame(data, 0, 1, Buffer.alloc(2)),
        frame(headers, endHeaders + endStream, 1, headerField("a", "b")),
      ],
    ],
  ])("is no whole one where it is %s", async ([, frames]) => {
    const { peer, calls } = await openHttp2();
    await peer.send(Buffer.concat(frames));
    await expect.poll(() => peer.received(reset)).toEqual([uint32(errorCode.protocolError)]);
    expect(calls.every(({ request }) => request.takeWhole() === undefined)).toBe(true);
  });

  test("ends with its trailers", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(
      Buffer.concat([
        frame(headers, endHeaders, 1, post),
        frame(data, 0, 1, Buffer.from("body")),
        frame(headers, endHeaders + endStream, 1, headerField("checksum", "1")),
      ]),
    );
    const { request } = await call();
    expect(request.takeWhole()?.toString()).toBe("body");
    expect([request.readableEnded, request.headers["checksum"]]).toEqual([true, undefined]);
  });

  test("that is reset is told so, without an end", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(Buffer.concat([frame(headers, endHeaders, 1, post), frame(data, 0, 1, Buffer.from("part"))]));
    const { request, events } = await call();
    const read: string[] = [];
    const iterated = (async () => {
      for await (const chunk of request.iterator({ destroyOnReturn: false })) read.push(String(chunk));
    })();
    await expect.poll(() => read).toEqual(["part"]);
    await peer.send(frame(reset, 0, 1, uint32(8)));
    await expect(iterated).rejects.toThrow("the caller went away");
    expect(events).toEqual(["close"]);
  });

  test("and its body are one where they come together, and none where a reset comes with them", async () => {
    const { peer, calls, call } = await openHttp2();
    const whole = (id: number) => [
      frame(headers, endHeaders, id, post),
      frame(data, endStream, id, Buffer.from("body")),
    ];
    await peer.send(Buffer.concat([...whole(1), frame(reset, 0, 1, uint32(8)), ...whole(3)]));
    expect((await call()).request.takeWhole()?.toString()).toBe("body");
    expect(calls).toHaveLength(1);
  });

  test("that came whole, and was reset before it was read, is none", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(
      Buffer.concat([frame(headers, endHeaders, 1, post), frame(data, endStream, 1, Buffer.from("body"))]),
    );
    const { request, events } = await call();
    await peer.send(frame(reset, 0, 1, uint32(8)));
    await expect.poll(() => events).toEqual(["close"]);
    expect([request.readableEnded, request.takeWhole()]).toEqual([false, undefined]);
    await expect(request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]().next()).rejects.toThrow(
      "went away",
    );
    const read = new Promise((resolve) => {
      readBody(request, { maxBytes: 100, maxMs: 10_000, clock: systemClock }, resolve);
    });
    expect(await read).toEqual({ kind: "gone" });
  });

  test("holds what has come of it, and not the reads that it came in", async () => {
    const { peer, call, calls, settle } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request } = await call();
    request.on("data", () => {});
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    for (let id = 3; id < 403; id += 2) {
      const small = [frame(headers, endHeaders, id, post), frame(data, 0, id, Buffer.of(1))];
      await peer.send(Buffer.concat([frame(data, 0, 1, Buffer.alloc(16_000)), ...small]));
      await settle();
    }
    const grown = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(grown).toBeLessThan(1_000_000);
    expect(calls.filter((each) => !each.request.destroyed)).toHaveLength(201);
  });

  test("that is answered before it has come is read away, and then reset without an error", async () => {
    const { peer, call, settle } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { response, events } = await call();
    response.end("no");
    for (let sent = 0; sent < 10; sent += 1) {
      await peer.send(frame(data, 0, 1, Buffer.alloc(16_000)));
      await settle();
    }
    expect(events).toEqual([]);
    await expect.poll(() => peer.received(reset), { timeout: 4_000 }).toEqual([uint32(errorCode.noError)]);
    expect(events).toEqual(["close"]);
    // One that does come in time ends as it should.
    await peer.send(frame(headers, endHeaders, 3, post));
    const next = await call(1);
    next.response.end("no");
    await settle();
    await peer.send(frame(data, endStream, 3, Buffer.from("late")));
    await expect.poll(() => next.events).toEqual(["close"]);
    expect(peer.received(reset)).toHaveLength(1);
  });
});

function lengthOf(bytes: number): Buffer {
  return requestOf("POST", headerField("content-length", String(bytes)));
}
