import { describe, expect, test } from "vitest";
import { endHeaders, endStream, frame, frameTypes, uint32 } from "../../testing/http2-peer.js";
import { openHttp2, requestOf, windowOf } from "../../testing/open-http2.js";
import { errorCode } from "./protocol.js";

const { data, headers, reset, settings, goAway, windowUpdate } = frameTypes;
const get = requestOf("GET");
const post = requestOf("POST");

describe("an answer", () => {
  test("keeps to the window of its stream, and to that of its connection", async () => {
    const { peer, call, bodyBytes, settle } = await openHttp2();
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
      const { peer, call, events } = { ...(await openHttp2()), events: [] as string[] };
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
    const { peer, call, bodyBytes, settle } = await openHttp2();
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
    const { peer, call, bodyBytes } = await openHttp2();
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
    const { peer, call } = await openHttp2();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response } = await call();
    await new Promise((resolve) => response.write("a", resolve));
    await new Promise((resolve) => response.write("", resolve));
  });

  test("has no trailers where they are empty", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response } = await call();
    response.write("a");
    response.addTrailers({});
    response.end();
    await expect.poll(() => peer.ended(1)).toBe(true);
    expect(peer.received(headers)).toHaveLength(1);
  });

  test("that is whole is not reset any more", async () => {
    const { peer, call, settle } = await openHttp2();
    await peer.send(frame(headers, endHeaders + endStream, 1, get));
    const { response, events } = await call();
    response.end("all of it");
    response.destroy();
    await expect.poll(() => events).toEqual(["close"]);
    await settle();
    expect([peer.received(reset), peer.ended(1)]).toEqual([[], true]);
  });

  test("tells who asks too late that it has closed", async () => {
    const { peer, call } = await openHttp2();
    await peer.send(frame(headers, endHeaders, 1, post));
    const { request, response } = await call();
    response.destroy();
    await new Promise<void>((resolve) => response.on("close", resolve));
    await new Promise((resolve) => request.on("close", resolve));
  });

  test("of a thousand calls in one turn, each with a page of trailers, comes whole", async () => {
    const { peer, call, calls } = await openHttp2();
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
    const { peer, call, bodyBytes } = await openHttp2();
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
    const { peer, call, settle } = await openHttp2();
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
