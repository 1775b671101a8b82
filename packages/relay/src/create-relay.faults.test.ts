import { UpstreamError } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { collect } from "./testing/collect.js";
import {
  answer,
  closed,
  delta,
  expectClosedAtOnce,
  failing,
  never,
  rejection,
  startStream,
  textEvent,
} from "./testing/exchange.js";
import { useRelayHarness } from "./testing/relay-harness.js";
import { testRequest } from "./testing/relay-request.js";

const harness = useRelayHarness();

describe("a connection", () => {
  test("that is refused", async () => {
    const { baseUrl } = await harness.http(() => {});
    await harness.settle();
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toEqual(failing({ kind: "connection_failed", code: "ECONNREFUSED" }));
  });

  test("that is reset before the headers", async () => {
    const { baseUrl } = await harness.raw((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const error = await rejection(harness.relay().stream(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "connection_failed" } });
  });

  test("that is closed before the headers", async () => {
    const { baseUrl } = await harness.raw((socket) => socket.once("data", () => socket.end()));
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "connection_failed" } });
  });

  const head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
  test.each([
    ["reset", (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
    ["closed", (socket: { end(): unknown }) => socket.end()],
  ])("that is %s inside the body", async (_, cut) => {
    const { baseUrl } = await harness.raw((socket) => {
      socket.once("data", () => socket.write(`${head}{"choices":`, () => cut(socket)));
    });
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    // A reset may overtake the headers on their way.
    const kind = expect.stringMatching(/^(stream_truncated|connection_failed)$/);
    expect(error).toEqual(failing(expect.objectContaining({ kind })));
  });

  test("that is cut inside a chunk of a stream", async () => {
    const { baseUrl } = await harness.raw((socket) => {
      const type = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
      const size = textEvent.length.toString(16);
      socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\n${type}${size}\r\n${textEvent}\r\nff\r\ndata: {`));
    });
    const { events } = await harness.relay().stream(testRequest(baseUrl), never);
    expect(await collect(events)).toEqual({ events: [delta], error: failing({ kind: "stream_truncated", deltas: 1 }) });
  });

  test.each([
    ["garbage", "SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ["noise", "\u0000\u0001\u0002\u0003".repeat(100)],
    ["headers without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}`],
    ["many headers", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}\r\n`],
  ])("that answers with %s in place of HTTP", async (_, garbage) => {
    const { baseUrl, sockets } = await harness.raw((socket) => socket.once("data", () => socket.write(garbage)));
    const error = await rejection(harness.relay().complete(testRequest(baseUrl), never));
    expect(error).toMatchObject({ failure: { kind: "malformed_answer", status: 0 } });
    await closed(sockets[0]);
  });
});

describe("an aborted signal", () => {
  const reason = new UpstreamError({ kind: "headers_limit", limitMs: 1 });

  test("closes the socket of a silent relay", async () => {
    const controller = new AbortController();
    const { baseUrl, sockets } = await harness.raw((socket) => {
      socket.once("data", () => controller.abort(reason));
    });
    expect(await rejection(harness.relay().complete(testRequest(baseUrl), controller.signal))).toBe(reason);
    await expectClosedAtOnce(sockets[0]);
  });

  test("closes the socket inside a unary body", async () => {
    const controller = new AbortController();
    const { baseUrl, sockets } = await harness.http((_, response) => {
      response.writeHead(200).write("{");
      setImmediate(() => controller.abort(reason));
    });
    expect(await rejection(harness.relay().complete(testRequest(baseUrl), controller.signal))).toBe(reason);
    await expectClosedAtOnce(sockets[0]);
  });

  test("closes the socket inside a refusal", async () => {
    const controller = new AbortController();
    const { baseUrl, sockets } = await harness.http((_, response) => {
      response.writeHead(500).write("{");
      setTimeout(() => controller.abort(reason), 50);
    });
    expect(await rejection(harness.relay().complete(testRequest(baseUrl), controller.signal))).toBe(reason);
    await expectClosedAtOnce(sockets[0]);
  });

  test("closes the socket of a stalled stream", async () => {
    const controller = new AbortController();
    const { baseUrl, sockets } = await harness.http((_, response) => startStream(response).write(textEvent));
    const { events } = await harness.relay().stream(testRequest(baseUrl), controller.signal);
    const iterator = events[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: [delta] });
    const pending = rejection(iterator.next());
    controller.abort(reason);
    expect(await pending).toBe(reason);
    await expectClosedAtOnce(sockets[0]);
  });

  test("sends nothing where it was aborted before", async () => {
    const { baseUrl, sockets } = await harness.http((_, response) => response.end(answer));
    expect(await rejection(harness.relay().complete(testRequest(baseUrl), AbortSignal.abort(reason)))).toBe(reason);
    expect(sockets).toHaveLength(0);
  });

  test("is not kept waiting by a connection that is being made", async () => {
    const controller = new AbortController();
    // Never says a word of TLS.
    const { baseUrl, sockets } = await harness.raw(() => setImmediate(() => controller.abort(reason)));
    const request = testRequest(baseUrl.replace("http:", "https:"));
    expect(await rejection(harness.relay().complete(request, controller.signal))).toBe(reason);
    // The connection itself has its own limit.
    expect(sockets[0]?.closed).toBe(false);
  });

  test("is not kept waiting where all connections are taken, and what it gave up is never sent", async () => {
    const ids: unknown[] = [];
    const arrived = new EventTarget();
    const { baseUrl } = await harness.http((request, response) => {
      ids.push(request.headers["x-request-id"]);
      arrived.addEventListener("answer", () => response.end(answer), { once: true });
      arrived.dispatchEvent(new Event("request"));
    });
    const relay = harness.relay({ maxConnectionsPerEndpoint: 1 });
    const request = testRequest(baseUrl);
    const first = relay.complete({ ...request, requestId: "first" }, never);
    await new Promise((resolve) => arrived.addEventListener("request", resolve, { once: true }));

    const controller = new AbortController();
    const second = rejection(relay.complete({ ...request, requestId: "second" }, controller.signal));
    setImmediate(() => controller.abort(reason));
    expect(await second).toBe(reason);

    arrived.addEventListener("request", () => arrived.dispatchEvent(new Event("answer")));
    arrived.dispatchEvent(new Event("answer"));
    await first;
    await relay.complete({ ...request, requestId: "third" }, never);
    expect(ids).toEqual(["first", "third"]);
  });
});
