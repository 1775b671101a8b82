import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  endHeaders,
  endStream,
  frame,
  frameTypes,
  headerField,
  openHttp2Peer,
  requestHeaders,
  uint32,
} from "./testing/http2-peer.js";
import { callsInFlight, useWellProxy } from "./testing/use-well-proxy.js";

const chatPath = "/meridian.inference.v1.InferenceService/Chat";
const chat = requestHeaders(chatPath);
const body = Buffer.from('{"messages":[{"role":"user","content":"hello"}]}');
const noBytes = Buffer.alloc(0);

/** Ever new streams: `frames` gives those of one, of which the numbers are odd and grow. */
function streams(frames: (id: number) => readonly Buffer[]): () => Buffer {
  let id = -1;
  return () => {
    id += 2;
    return Buffer.concat(frames(id));
  };
}

/** The same frames on and on, on a first stream that waits for its body. */
function repeated(...frames: readonly Buffer[]): () => Buffer {
  const bytes = Buffer.concat(frames);
  return () => bytes;
}

const { data, headers, priority, reset, settings, ping, windowUpdate, continuation } = frameTypes;
const open = frame(headers, endHeaders, 1, chat);
// 3,000 characters in the table, and then one byte for each time that they are meant.
const bombBytes = Buffer.concat([chat, headerField("bomb", "z".repeat(3_000), true), Buffer.alloc(8_000, 0xbe)]);

interface Flood {
  readonly name: string;
  readonly first?: Buffer;
  readonly next: () => Buffer;
  readonly reads?: boolean;
}

const floods: readonly Flood[] = [
  {
    name: "streams that are opened and reset (CVE-2023-44487)",
    next: streams((id) => [frame(headers, endHeaders, id, chat), frame(reset, 0, id, uint32(8))]),
  },
  {
    name: "whole calls that are reset",
    next: streams((id) => [
      frame(headers, endHeaders, id, chat),
      frame(data, endStream, id, body),
      frame(reset, 0, id, uint32(8)),
    ]),
  },
  {
    name: "streams that the proxy has to reset (CVE-2025-8671)",
    next: streams((id) => [
      frame(headers, endHeaders, id, chat),
      frame(priority, 0, id, Buffer.concat([uint32(id), Buffer.of(1)])),
    ]),
  },
  {
    name: "malformed headers",
    next: streams((id) => [
      frame(headers, endHeaders + endStream, id, Buffer.concat([chat, headerField("Not lower", "x")])),
    ]),
  },
  { name: "more streams than a connection may have", next: streams((id) => [frame(headers, endHeaders, id, chat)]) },
  {
    name: "headers without an end (CONTINUATION)",
    first: frame(headers, 0, 1, chat),
    next: repeated(frame(continuation, 0, 1, headerField("x", "y".repeat(100)))),
  },
  {
    name: "empty CONTINUATION frames",
    first: frame(headers, 0, 1, chat),
    next: repeated(frame(continuation, 0, 1)),
  },
  { name: "HPACK bombs", next: streams((id) => [frame(headers, endHeaders + endStream, id, bombBytes)]) },
  { name: "PING frames", next: repeated(frame(ping, 0, 0, Buffer.alloc(8))) },
  { name: "PING frames, their answers not read", next: repeated(frame(ping, 0, 0, Buffer.alloc(8))), reads: false },
  { name: "SETTINGS frames", next: repeated(frame(settings, 0, 0)) },
  { name: "SETTINGS frames, their answers not read", next: repeated(frame(settings, 0, 0)), reads: false },
  { name: "empty DATA frames", first: open, next: repeated(frame(data, 0, 1)) },
  {
    name: "DATA frames for a stream that is over",
    first: Buffer.concat([open, frame(reset, 0, 1, uint32(8))]),
    next: repeated(frame(data, 0, 1, Buffer.from("x"))),
  },
  { name: "PRIORITY frames", next: repeated(frame(priority, 0, 1, Buffer.concat([uint32(0), Buffer.of(1)]))) },
  // A window that grows by nothing is an error of its own.
  { name: "WINDOW_UPDATE frames", next: repeated(frame(windowUpdate, 0, 0, uint32(1))) },
];

describe.each([
  ["our own reader", {}],
  ["Node's", { fastLane: false }],
])("with %s", (_name, options) => {
  const proxyOf = useWellProxy(options);

  test.for(floods)("a flood of $name ends in a closed connection", async ({ first = noBytes, next, reads = true }) => {
    const { proxy, relay } = proxyOf();
    const other = connectHttp2(proxy.url);
    expect(await statusOf(chatOver(other))).toBe(200);
    const peer = openHttp2Peer(proxy.url, reads);
    await peer.send(first);
    const deadlineMs = performance.now() + 10_000;
    while (!peer.isClosed() && performance.now() < deadlineMs) {
      await peer.send(Buffer.concat(Array.from({ length: 200 }, next)));
      await turn();
    }
    const isClosed = peer.isClosed();
    peer.close();
    expect(isClosed).toBe(true);
    // Another connection goes on.
    expect(await statusOf(chatOver(other))).toBe(200);
    other.close();
    await relay.waitUntilIdle(5_000);
    await expect.poll(() => callsInFlight(proxyOf())).toBe(0);
  });

  test("a caller who cancels many of its calls keeps its connection", async () => {
    const { proxy } = proxyOf();
    const session = connectHttp2(proxy.url);
    let cancelled = 0;
    // More than Node allows unless told otherwise, which is 1,000 at once and 33 a second.
    for (let round = 0; round < 32; round++) {
      const answers = Array.from({ length: 20 }, () => statusOf(chatOver(session)));
      for (let index = 0; index < 50; index++) {
        const stream = chatOver(session).on("error", () => {});
        // Some before the call has begun, some when it is on its way to the relay.
        if (index % 5 === 0) setTimeout(() => stream.close(8), 1);
        else stream.close(8);
        cancelled += 1;
      }
      await new Promise((resolve) => session.ping(resolve));
      expect(await Promise.all(answers)).toEqual(Array<number>(20).fill(200));
    }
    expect(cancelled).toBeGreaterThan(1_500);
    expect(session.destroyed || session.closed).toBe(false);
    session.close();
  });

  test("a request that is cut where it could be whole is no call", async () => {
    const { proxy, log } = proxyOf();
    const canceled = () => log.filter(({ code }) => code === "canceled");
    const before = canceled().length;
    const peer = openHttp2Peer(proxy.url);
    await peer.send(open);
    await peer.send(frame(data, 0, 1, body));
    // Its body has come, and its end has not.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await peer.send(frame(reset, 0, 1, uint32(8)));
    await expect.poll(() => canceled().length).toBe(before + 1);
    peer.close();
    // A call that has begun has been routed.
    expect(canceled().at(-1)).not.toHaveProperty("tier");
  });

  test("headers above the limit of size are refused, and the connection goes on", async () => {
    const session = connectHttp2(proxyOf().proxy.url);
    expect(await statusOf(session.request({ ":path": "/health", large: "x".repeat(20_000) }))).toBe(431);
    expect(await statusOf(session.request({ ":path": "/health" }))).toBe(200);
    session.close();
  });

  test("the connections that are open are counted", async () => {
    const { proxy } = proxyOf();
    const connections = async () => {
      const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
      return Number(/^meridian_connections (\d+)/m.exec(metrics)?.[1]);
    };
    const before = await connections();
    const peers = Array.from({ length: 5 }, () => openHttp2Peer(proxy.url));
    await expect.poll(connections).toBe(before + 5);
    for (const peer of peers) peer.close();
    await expect.poll(connections).toBeLessThanOrEqual(before);
  });
});

function chatOver(session: ClientHttp2Session): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": chatPath, "content-type": "application/json" });
  return stream.end(body);
}

function statusOf(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    stream.once("response", (received) => resolve(received[":status"] ?? 0));
    stream.once("error", reject).once("close", () => reject(new Error("closed without an answer")));
    stream.resume();
  });
}
