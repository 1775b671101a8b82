import { once } from "node:events";
import { request } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { collectGarbage } from "../testing/collect-garbage.js";
import { endHeaders, frame, frameTypes, headerField, openHttp2Peer, uint32 } from "../testing/http2-peer.js";
import { openSocket } from "../testing/open-socket.js";
import { slowCallers, textForDrops } from "../testing/slow-callers.js";
import { whenRead } from "../testing/when-read.js";
import { type OnePort, openPort } from "./one-port.js";
import { defaultPortLimits, type PortLimits } from "./port-limits.js";
import { respond } from "./respond.js";

const address = { host: "127.0.0.1", port: 0, tls: undefined };

function usePort(limits: Partial<PortLimits> = {}): () => number {
  let port: OnePort | undefined;
  beforeAll(async () => {
    port = await openPort(
      address,
      (request, response) => {
        whenRead(request, () => respond(response, 200, { version: request.httpVersion }));
      },
      { ...defaultPortLimits, ...limits },
    );
  });
  afterAll(() => port?.destroy());
  return () => port?.port ?? 0;
}

/** Sends bytes one by one, each in a packet of its own. */
async function trickle(socket: Socket, bytes: Uint8Array): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of bytes) {
    await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const http2Preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", "latin1");
const http1Request = Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
/** Of the frame that a server of HTTP/2 has to begin with (RFC 9113, section 6.5). */
const settingsType = 4;

describe("one port", () => {
  const port = usePort();

  test("speaks HTTP/1.1", async () => {
    const answer = await (await fetch(`http://127.0.0.1:${port()}/`)).json();
    expect(answer).toEqual({ version: "1.1" });
  });

  test("speaks HTTP/2", async () => {
    const session = connectHttp2(`http://127.0.0.1:${port()}`);
    const stream = session.request({ ":path": "/" });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    session.close();
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ version: "2.0" });
  });

  test("tells HTTP/1.1 byte by byte", async () => {
    const { socket, text } = openSocket(port());
    await trickle(socket, http1Request);
    expect(await text).toMatch(/^HTTP\/1.1 200 OK.*"1.1"/s);
  });

  test("tells a method that begins as the preface does", async () => {
    const { socket, text } = openSocket(port());
    await trickle(socket, Buffer.from("PROPFIND / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    expect(await text).toMatch(/^HTTP\/1.1 200 OK/);
  });

  test("tells HTTP/2 byte by byte", async () => {
    const { socket, text } = openSocket(port());
    const first = new Promise<Buffer>((resolve) => socket.once("data", resolve));
    await trickle(socket, http2Preface);
    expect((await first).readUInt8(3)).toBe(settingsType);
    socket.destroy();
    await text;
  });

  test("answers an HTTP/1.1 caller that has closed its half", async () => {
    const { socket, text } = openSocket(port());
    socket.end(http1Request);
    expect(await text).toMatch(/^HTTP\/1.1 200 OK/);
  });

  test.for([
    { name: "closes at once", bytes: "" },
    { name: "closes in the middle of the preface", bytes: "PR" },
    { name: "closes after the preface", bytes: http2Preface.toString("latin1") },
    { name: "closes in the middle of its headers", bytes: "GET / HTTP/1.1\r\nHo" },
  ])("closes the connection of a peer that $name", async ({ bytes }) => {
    const { socket, text } = openSocket(port());
    socket.end(Buffer.from(bytes, "latin1"));
    await text;
    expect(socket.destroyed).toBe(true);
  });

  test("refuses garbage", async () => {
    const { socket, text } = openSocket(port());
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]));
    expect(await text).toMatch(/^HTTP\/1.1 400 /);
  });

  test("closes the connection of a peer that says no HTTP/2 after the preface", async () => {
    const { socket, text } = openSocket(port());
    socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"x".repeat(100)}`);
    await text;
    expect(socket.destroyed).toBe(true);
  });

  test("survives a peer that resets the connection", async () => {
    for (const bytes of [Buffer.from("P"), http2Preface, http1Request.subarray(0, 30)]) {
      const { socket, text } = openSocket(port());
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket.resetAndDestroy();
      await text;
    }
    expect((await fetch(`http://127.0.0.1:${port()}/`)).status).toBe(200);
  });

  test("rejects where the port is taken", async () => {
    await expect(openPort({ ...address, port: port() }, () => {})).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("limits of time", () => {
  const port = usePort({ firstByteMs: 50, headersMs: 100, requestMs: 200, checkIntervalMs: 20, idleSessionMs: 50 });

  test.for([
    { name: "says nothing", bytes: "" },
    { name: "says a part of the preface", bytes: "PR" },
    { name: "opens no stream on HTTP/2", bytes: http2Preface.toString("latin1") },
  ])("closes the connection of a peer that $name", async ({ bytes }) => {
    const { socket, text } = openSocket(port());
    socket.write(Buffer.from(bytes, "latin1"));
    await text;
    expect(socket.destroyed).toBe(true);
  });

  test.for(slowCallers)("ends a request whose $name come drop by drop", async (caller) => {
    expect(await textForDrops(openSocket(port()), caller)).toMatch(/^HTTP\/1.1 408 /);
  });
});

test("keeps nothing of an HTTP/2 connection that has closed", async () => {
  const sockets: WeakRef<object>[] = [];
  const port = await openPort(address, (request, response) => {
    sockets.push(new WeakRef(request.socket));
    respond(response, 200);
  });
  for (let connection = 0; connection < 5; connection++) {
    const session = connectHttp2(`http://127.0.0.1:${port.port}`);
    const stream = session.request({ ":path": "/" });
    stream.resume();
    await once(stream, "close");
    session.close();
    await once(session, "close");
  }
  expect(sockets).toHaveLength(5);
  // The last one may still be in a variable somewhere.
  await vi.waitFor(() => {
    collectGarbage();
    expect(sockets.filter((socket) => socket.deref() !== undefined).length).toBeLessThanOrEqual(1);
  });
  await port.destroy();
});

describe("limits of number and time of HTTP/2 streams", () => {
  const port = usePort({ firstByteMs: 300, headersMs: 500, maxStreamsPerConnection: 2 });
  const headers = Buffer.concat([Buffer.of(0x83, 0x86), headerField(":path", "/"), headerField(":authority", "a")]);

  test.for([
    { name: "says half of the preface", bytes: "PRI * HTTP/2.0\r\n\r\nS" },
    { name: "does not agree to the settings", bytes: http2Preface.toString("latin1") },
  ])("closes the connection of a peer that $name", async ({ bytes }) => {
    const { socket, text } = openSocket(port());
    socket.write(Buffer.from(bytes, "latin1"));
    await text;
    expect(socket.destroyed).toBe(true);
  });

  test("lets the streams of a connection send a megabyte before they hear of us", async () => {
    const peer = openHttp2Peer(`http://127.0.0.1:${port()}`);
    await expect.poll(() => peer.received(frameTypes.windowUpdate)).toEqual([uint32(1_048_576 - 65_535)]);
    peer.close();
  });

  test("closes the connection of a peer whose headers have no end", async () => {
    const peer = openHttp2Peer(`http://127.0.0.1:${port()}`);
    await peer.send(frame(frameTypes.headers, 0, 1, headers));
    await peer.closed;
    expect(peer.received(frameTypes.goAway)).toHaveLength(1);
  });

  test("refuses more streams than one connection may have", async () => {
    const peer = openHttp2Peer(`http://127.0.0.1:${port()}`);
    for (const id of [1, 3, 5]) await peer.send(frame(frameTypes.headers, endHeaders, id, headers));
    await expect.poll(() => peer.received(frameTypes.reset)).toEqual([uint32(constants.NGHTTP2_REFUSED_STREAM)]);
    peer.close();
  });
});

describe("the limit of connections", () => {
  const port = usePort({ maxConnections: 3 });

  test("closes a connection above it, and takes others again", async () => {
    const url = `http://127.0.0.1:${port()}`;
    const peers = Array.from({ length: 3 }, () => openHttp2Peer(url));
    await expect.poll(() => peers.map((peer) => peer.received(frameTypes.settings).length)).not.toContain(0);
    const excess = openHttp2Peer(url);
    await excess.closed;
    expect(excess.received(frameTypes.settings)).toEqual([]);
    expect(peers.map((peer) => peer.isClosed())).toEqual([false, false, false]);
    for (const peer of peers) peer.close();
    await expect.poll(async () => (await fetch(url).catch(() => undefined))?.status).toBe(200);
  });
});

test("stopAccepting refuses connections and lets the running call end", async () => {
  const { promise: hasCall, resolve: onCall } = Promise.withResolvers<() => void>();
  const port = await openPort(address, (_request, response) => onCall(() => respond(response, 200)));
  const url = `http://127.0.0.1:${port.port}/`;
  const answer = new Promise((resolve, reject) => {
    request(url, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
  const finish = await hasCall;
  const stopped = port.stopAccepting();
  await expect(fetch(url)).rejects.toThrow();
  finish();
  await stopped;
  expect(await answer).toBe(200);
  await port.destroy();
});

test("destroy closes connections in every state", async () => {
  const port = await openPort(address, () => {});
  const peers = [Buffer.alloc(0), http2Preface, http1Request, http1Request.subarray(0, 20)].map((bytes) => {
    const peer = openSocket(port.port);
    peer.socket.write(bytes);
    return peer;
  });
  await Promise.all(peers.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))));
  await port.destroy();
  await Promise.all(peers.map(({ text }) => text));
  expect(peers.every(({ socket }) => socket.destroyed)).toBe(true);
});
