import { createSecureServer } from "node:http2";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { testCertificate, testCertificateKey } from "../testing/certificate.js";
import { dispatcherWith, holdTogether, listen, looked, ok } from "../testing/dispatcher-harness.js";
import { closed } from "../testing/exchange.js";
import { send } from "../testing/send.js";

describe("over TLS", () => {
  const authorities = getCACertificates();
  beforeEach(() => setDefaultCACertificates([testCertificate]));
  afterEach(() => setDefaultCACertificates(authorities));
  const identity = { cert: testCertificate, key: testCertificateKey };

  test("HTTP/1.1 is spoken as without it", async () => {
    const sockets: Socket[] = [];
    const server = createTlsServer(identity, (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.on("data", () => socket.write(ok("private")));
    });
    const origin = await listen(server, "https", "localhost");
    const dispatcher = dispatcherWith();
    for (let count = 0; count < 3; count++) {
      expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "private", error: undefined });
      await looked();
    }
    expect(sockets.length).toBeLessThan(3);
  });

  test("what was sent along with an answer is not taken for the next one", async () => {
    const server = createTlsServer({ ...identity, noDelay: true }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        const path = bytes.toString("latin1").slice(4, 6);
        // In two records.
        socket.write(ok(path));
        if (path === "/1") socket.write(ok("stray"));
      });
    });
    const { port } = new URL(await listen(server, "https", "localhost"));
    const origin = await listen(
      createServer((socket) => holdTogether(socket, Number(port))),
      "https",
      "localhost",
    );
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const paths = ["/1", "/2", "/3"];
    const sent = await Promise.all(paths.map((path) => send(dispatcher, { origin, path }).result));
    expect(sent.map(({ body }) => body)).toEqual(paths);
  });

  test("a body is held back, and an exchange left", async () => {
    const total = 8 * 1024 * 1024;
    const sockets: Socket[] = [];
    const server = createTlsServer(identity, (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 * total}\r\n\r\n`);
        socket.write("x".repeat(total));
      });
    });
    const origin = await listen(server, "https", "localhost");
    let bytes = 0;
    const sending = send(dispatcherWith(), { origin }, (piece, controller) => {
      if (bytes === 0) controller.pause();
      bytes += piece.length;
    });
    await vi.waitFor(() => expect(bytes).toBeGreaterThan(0));
    const before = bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
    // What has been decrypted already comes all the same.
    expect(bytes - before).toBeLessThan(1024 * 1024);
    sending.controller().resume();
    await vi.waitFor(() => expect(bytes).toBe(total));
    sending.controller().abort(new Error("left"));
    expect((await sending.result).error).toEqual(new Error("left"));
    await closed(sockets[0]);
  });

  test("a relay that chooses HTTP/2 is asked over HTTP/2", async () => {
    const seen: unknown[] = [];
    const server = createSecureServer(identity, (request, response) => {
      seen.push([request.httpVersion, request.method, request.url, request.headers["x-key-version"]]);
      response.writeHead(201, { "retry-after": "3" });
      request.on("data", (bytes) => response.write(bytes)).on("end", () => response.end());
    });
    const origin = await listen(server, "https", "localhost");
    const dispatcher = dispatcherWith();
    const message = { origin, path: "/v1", method: "POST", headers: { "x-key-version": "v7" }, body: "echo" } as const;
    // At once, so that some wait for a connection while the first finds out.
    const sent = await Promise.all(Array.from({ length: 6 }, () => send(dispatcher, message).result));
    sent.push(await send(dispatcher, message).result);
    for (const one of sent)
      expect(one).toMatchObject({ status: 201, headers: { "retry-after": "3" }, body: "echo", error: undefined });
    expect(seen).toEqual(Array(7).fill(["2.0", "POST", "/v1", "v7"]));
  });

  test("a certificate that nobody vouches for is refused", async () => {
    setDefaultCACertificates(authorities);
    const origin = await listen(createTlsServer(identity), "https", "localhost");
    const { error } = await send(dispatcherWith(), { origin }).result;
    expect(error).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });
});
