import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { endHeaders, endStream, frame, frameTypes, openHttp2Peer, uint32 } from "../../testing/http2-peer.js";
import { openHttp2, requestOf } from "../../testing/open-http2.js";
import { errorCode } from "./protocol.js";

const { data, headers, reset, ping, goAway } = frameTypes;
const get = requestOf("GET");

describe("a connection", () => {
  test("that goes tells every call, once", async () => {
    const { peer, call } = await openHttp2();
    for (const id of [1, 3]) await peer.send(frame(headers, endHeaders + endStream, id, get));
    const [first, second] = [await call(0), await call(1)];
    first.response.write("part");
    peer.close();
    await expect.poll(() => [first.events, second.events]).toEqual([["close"], ["close"]]);
  });

  test("that is told to go finishes what runs, refuses the rest, and closes", async () => {
    const { peer, port, call, calls } = await openHttp2({ noticeMs: 50 });
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
    const { peer } = await openHttp2({ idleSessionMs: 500 });
    await peer.closed;
    expect(peer.received(goAway).map((payload) => payload.readUInt32BE(4))).toEqual([errorCode.noError]);
  });

  test("that asks on and on, and reads nothing, is closed", async () => {
    const { port, peer: other } = await openHttp2();
    other.close();
    const peer = openHttp2Peer(`http://127.0.0.1:${port.port}`, false);
    onTestFinished(() => peer.close());
    for (let sent = 0; sent < 500 && !peer.isClosed(); sent += 1) {
      await peer.send(Buffer.concat(Array.from({ length: 100 }, () => frame(ping, 0, 0, Buffer.alloc(8)))));
      await sleep(1);
    }
    expect(peer.isClosed()).toBe(true);
  });

  test("whose answers pile up unread is closed, and tells every call", async () => {
    const { peer, port, call, calls } = await openHttp2({}, false);
    const ids = Array.from({ length: 1_000 }, (_, index) => 2 * index + 1);
    await peer.send(Buffer.concat(ids.map((id) => frame(headers, endHeaders + endStream, id, get))));
    await call(999);
    for (const { response } of calls) {
      response.writeHead(200, { "grpc-message": "x".repeat(15_000) });
      response.end();
    }
    await expect.poll(() => calls.filter(({ events }) => events.length === 1).length, { timeout: 5_000 }).toBe(1_000);
    await expect.poll(port.connections, { timeout: 5_000 }).toBe(0);
  });
});
