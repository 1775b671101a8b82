import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../edge/system-clock.js";
import { collectGarbage } from "../../testing/collect-garbage.js";
import {
  endHeaders,
  endStream,
  frame,
  frameTypes,
  headerField,
  openHttp2Peer,
  uint32,
} from "../../testing/http2-peer.js";
import { openPort } from "../one-port.js";
import { defaultPortLimits, type PortLimits } from "../port-limits.js";
import { readBody } from "../read-body.js";
import type { HttpRequest, HttpResponse } from "../respond.js";
import { errorCode } from "./protocol.js";
import { StreamRequest } from "./stream-request.js";
import { StreamResponse } from "./stream-response.js";

const { data, headers, reset, settings, ping, goAway, windowUpdate } = frameTypes;
const get = requestOf("GET");
const post = requestOf("POST");

function requestOf(method: string, ...more: readonly Buffer[]): Buffer {
  const own = [
    headerField(":method", method),
    Buffer.of(0x86),
    headerField(":path", "/"),
    headerField(":authority", "a"),
  ];
  return Buffer.concat([...own, ...more]);
}

function windowOf(bytes: number): Buffer {
  return frame(settings, 0, 0, Buffer.concat([Buffer.of(0, 4), uint32(bytes)]));
}

interface Call {
  readonly request: StreamRequest;
  readonly response: StreamResponse;
  /** What happened to it, in order. */
  readonly events: string[];
}

/** A port that leaves its calls alone, and a peer of it that writes what frames it likes. */
async function open(limits: Partial<PortLimits> = {}) {
  const calls: Call[] = [];
  const listener = (request: HttpRequest, response: HttpResponse) => {
    if (!(request instanceof StreamRequest && response instanceof StreamResponse)) throw new Error("no stream of ours");
    const events: string[] = [];
    response.on("drain", () => events.push("drain")).on("close", () => events.push("close"));
    calls.push({ request, response, events });
  };
  const address = { host: "127.0.0.1", port: 0, tls: undefined };
  const port = await openPort(address, listener, { ...defaultPortLimits, ...limits });
  const peer = openHttp2Peer(`http://127.0.0.1:${port.port}`);
  onTestFinished(async () => {
    peer.close();
    await port.destroy();
  });
  const call = async (index = 0): Promise<Call> => {
    await expect.poll(() => calls.length, { interval: 2 }).toBeGreaterThan(index);
    const found = calls[index];
    if (found === undefined) throw new Error("no such call");
    return found;
  };
  const bodyBytes = () => peer.received(data).reduce((sum, { byteLength }) => sum + byteLength, 0);
  /** Waits until all has been read that was sent so far. */
  const settle = async () => {
    const before = peer.received(ping).length;
    await peer.send(frame(ping, 0, 0, Buffer.alloc(8)));
    await expect.poll(() => peer.received(ping).length, { interval: 2 }).toBeGreaterThan(before);
  };
  return { peer, port, calls, call, bodyBytes, settle };
}

describe("an answer", () => {
  test("keeps to the window of its stream, and to that of its connection", async () => {
    const { peer, call, bodyBytes, settle } = await open();
    await peer.send(Buffer.concat([windowOf(100_000), frame(headers, endHeaders + endStream, 1, get)]));
    const { response, events } = await call();
    expect(response.write(Buffer.alloc(120_000))).toBe(false);
    await settle();
    expect(bodyBytes()).toBe(65_535);
    await peer.send(frame(windowUpdate, 0, 0, uint32(1_000_000)));
    await expect.poll(bodyBytes).toBe(100_000);
    expect(events).toEqual([]);
    await peer.send(frame(windowUpdate, 0, 1, uint32(50_000)));
    await expect.poll(bodyBytes).toBe(120_000);
    expect(events).toEqual(["drain"]);
    expect(response.write(Buffer.alloc(30_000))).toBe(true);
    response.end();
    await expect.poll(() => events).toEqual(["drain", "close"]);
    expect(bodyBytes()).toBe(150_000);
  });

  test("ends, with its trailers, where its window is used up to the byte", async () => {
    for (const isAtOnce of [true, false]) {
      const { peer, call, events } = { ...(await open()), events: [] as string[] };
      await peer.send(Buffer.concat([windowOf(5), frame(headers, endHeaders + endStream, 1, get)]));
      const { response } = await call();
      response.on("close", () => events.push("close"));
      response.addTrailers({ "grpc-status": "0" });
      if (isAtOnce) response.end("12345");
      else {
        response.write("1234567");
        response.end(undefined, () => events.push("taken"));
        await peer.send(frame(windowUpdate, 0, 1, uint32(2)));
      }
      await expect.poll(() => events).toEqual(isAtOnce ? ["close"] : ["taken", "close"]);
      expect(peer.received(headers)).toHaveLength(2);
    }
  });

  test("waits where the peer has made its window negative, and goes on", async () => {
    const { peer, call, bodyBytes, settle } = await open();
    await peer.send(Buffer.concat([windowOf(50), frame(headers, endHeaders + endStream, 1, get)]));
    const { response } = await call();
    response.end(Buffer.alloc(100));
    await expect.poll(bodyBytes).toBe(50);
    await peer.send(windowOf(10));
    await peer.send(frame(windowUpdate, 0, 1, uint32(40)));
    await settle();
    expect(bodyBytes()).toBe(50);
    await peer.send(frame(windowUpdate, 0, 1, uint32(1)));
    await expect.poll(bodyBytes).toBe(51);
    await peer.send(windowOf(1_000));
    await expect.poll(bodyBytes).toBe(100);
  });

  test("ends where its window is negative, and where it is the only thing left", async () => {
    const { peer, call, bodyBytes } = await open();
    await peer.send(Buffer.concat([windowOf(50), frame(headers, endHeaders + endStream, 1, get)]));
    const { response, events } = await call();
    response.write(Buffer.alloc(50));
    await expect.poll(bodyBytes).toBe(50);
    await peer.send(windowOf(10));
    await expect.poll(() => peer.received(settings).length).toBe(4);
    response.end();
    await expect.poll(() => events).toEqual(["close"]);
    expect(peer.ended(1)).toBe(true);
  });

  test("tells who waits for nothing at all to be taken", async () => {
    const { peer, call } = await open();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response } = await call();
    await new Promise((resolve) => response.write("a", resolve));
    await new Promise((resolve) => response.write("", resolve));
  });

  test("has no trailers where they are empty", async () => {
    const { peer, call } = await open();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response } = await call();
    response.write("a");
    response.addTrailers({});
    response.end();
    await expect.poll(() => peer.ended(1)).toBe(true);
    expect(peer.received(headers)).toHaveLength(1);
  });

  test("that is whole is not reset any more", async () => {
    const { peer, call, settle } = await open();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response, events } = await call();
    response.end("all of it");
    response.destroy();
    await expect.poll(() => events).toEqual(["close"]);
    await settle();
    expect([peer.received(reset), peer.ended(1)]).toEqual([[], true]);
  });

  test("tells who asks too late that it has closed", async () => {
    const { peer, call } = await open();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request, response } = await call();
    response.destroy();
    await new Promise<void>((resolve) => response.on("close", resolve));
    await new Promise((resolve) => request.on("close", resolve));
  });

  test("of a thousand calls in one turn, each with a page of trailers, comes whole", async () => {
    const { peer, call, calls } = await open();
    const ids = Array.from({ length: 1_000 }, (_, index) => 2 * index + 1);
    await peer.send(Buffer.concat(ids.map((id) => frame(headers, endHeaders + endStream, id, get))));
    await call(999);
    for (const { response } of calls) {
      response.writeHead(200, { "grpc-message": "x".repeat(4_200) });
      response.end();
    }
    await expect.poll(() => ids.filter((id) => peer.ended(id)).length).toBe(1_000);
    expect(peer.received(goAway)).toEqual([]);
  });

  test("gets its turn beside one that never ends", async () => {
    const { peer, call, bodyBytes } = await open();
    const [first, second] = [1, 3].map((id) => frame(headers, endHeaders + endStream, id, get));
    await peer.send(Buffer.concat([windowOf(10_000_000), first ?? get, second ?? get]));
    const [large, small] = [await call(0), await call(1)];
    large.response.end(Buffer.alloc(5_000_000));
    small.response.end(Buffer.alloc(20_000));
    await expect.poll(bodyBytes).toBe(65_535);
    await peer.send(frame(windowUpdate, 0, 0, uint32(60_000)));
    await expect.poll(() => small.events).toContain("close");
    expect(large.events).toEqual([]);
  });

  test("that is cut is reset, and what comes of it then is nothing", async () => {
    const { peer, call, settle } = await open();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request, response, events } = await call();
    let heard = 0;
    request.on("data", () => {
      heard += 1;
    });
    response.write("part");
    response.destroy();
    expect(events).toEqual(["close"]);
    await peer.send(frame(data, endStream, 1, Buffer.from("late")));
    await settle();
    expect(peer.received(reset)).toEqual([uint32(errorCode.internalError)]);
    expect([heard, response.write("more"), request.destroyed]).toEqual([0, true, true]);
  });
});

describe("a request", () => {
  test("whose body nobody reads is held to 64 KiB, and goes on as it is read", async () => {
    const { peer, call, settle } = await open();
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
    const { peer, call, settle } = await open();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { events } = await call();
    for (let sent = 0; sent < 5; sent += 1) await peer.send(frame(data, 0, 1, Buffer.alloc(16_000)));
    await expect.poll(() => peer.received(reset)).toEqual([uint32(errorCode.flowControlError)]);
    expect(events).toEqual(["close"]);
    await settle();
  });

  test("gives back the whole of the connection's window, whatever becomes of its body", async () => {
    const { peer, calls, call, settle } = await open();
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
    const { peer, call } = await open();
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
    const { peer, calls } = await open();
    await peer.send(Buffer.concat(frames));
    await expect.poll(() => peer.received(reset)).toEqual([uint32(errorCode.protocolError)]);
    expect(calls.every(({ request }) => request.takeWhole() === undefined)).toBe(true);
  });

  test("ends with its trailers", async () => {
    const { peer, call } = await open();
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
    const { peer, call } = await open();
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
    const { peer, calls, call } = await open();
    const whole = (id: number) => [
      frame(headers, endHeaders, id, post),
      frame(data, endStream, id, Buffer.from("body")),
    ];
    await peer.send(Buffer.concat([...whole(1), frame(reset, 0, 1, uint32(8)), ...whole(3)]));
    expect((await call()).request.takeWhole()?.toString()).toBe("body");
    expect(calls).toHaveLength(1);
  });

  test("that came whole, and was reset before it was read, is none", async () => {
    const { peer, call } = await open();
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
    const { peer, call, calls, settle } = await open();
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
    const { peer, call, settle } = await open();
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

describe("a connection", () => {
  test("that goes tells every call, once", async () => {
    const { peer, call } = await open();
    for (const id of [1, 3]) await peer.send(frame(headers, endHeaders + endStream, id, get));
    const [first, second] = [await call(0), await call(1)];
    first.response.write("part");
    peer.close();
    await expect.poll(() => [first.events, second.events]).toEqual([["close"], ["close"]]);
  });

  test("that is told to go finishes what runs, refuses the rest, and closes", async () => {
    const { peer, port, call, calls } = await open({ noticeMs: 50 });
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response } = await call();
    await port.stopAccepting();
    await expect.poll(() => peer.received(goAway).map((payload) => payload.readUInt32BE(0))).toEqual([0x7fffffff, 1]);
    await peer.send(frame(headers, endHeaders + endStream, 3, get));
    await expect.poll(() => peer.received(reset)).toEqual([uint32(errorCode.refusedStream)]);
    response.end("done");
    await peer.closed;
    expect([calls.length, peer.received(data).join("")]).toEqual([1, "done"]);
  });

  test("that has no stream for a while is told to go", async () => {
    const { peer } = await open({ idleSessionMs: 500 });
    await peer.closed;
    expect(peer.received(goAway).map((payload) => payload.readUInt32BE(4))).toEqual([errorCode.noError]);
  });

  test("that asks on and on, and reads nothing, is closed", async () => {
    const { port, peer: other } = await open();
    other.close();
    const peer = openHttp2Peer(`http://127.0.0.1:${port.port}`, false);
    onTestFinished(() => peer.close());
    for (let sent = 0; sent < 500 && !peer.isClosed(); sent += 1) {
      await peer.send(Buffer.concat(Array.from({ length: 100 }, () => frame(ping, 0, 0, Buffer.alloc(8)))));
      await sleep(1);
    }
    expect(peer.isClosed()).toBe(true);
  });
});

function lengthOf(bytes: number): Buffer {
  return requestOf("POST", headerField("content-length", String(bytes)));
}
