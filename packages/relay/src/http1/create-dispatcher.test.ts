import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { testCertificate, testCertificateKey } from "../testing/certificate.js";
import { closed } from "../testing/exchange.js";
import { send } from "../testing/send.js";
import { createDispatcher } from "./create-dispatcher.js";
import type { DispatcherOptions, ExchangeDispatcher } from "./dispatcher.js";

const after: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of after.splice(0).reverse()) await clean();
});

function dispatcherWith(options: Partial<DispatcherOptions> = {}): ExchangeDispatcher {
  const dispatcher = createDispatcher({ connectTimeoutMs: 3_000, maxConnections: 4, ...options });
  after.push(() => dispatcher.close());
  return dispatcher;
}

async function listen(server: Server, scheme = "http", host = "127.0.0.1"): Promise<string> {
  server.listen(0, host === "localhost" ? "127.0.0.1" : host);
  await once(server, "listening");
  after.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

/** A server that says what it likes to each request that has come, by its text. */
async function relay(answer: (request: string, socket: Socket) => void, host?: string) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => answer(bytes.toString("latin1"), socket));
  });
  return { sockets, origin: await listen(server, "http", host) };
}

const ok = (body: string, headers = "") => `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

/** Passes a connection on to a port, and what comes back in few pieces: what was written in a moment comes together. */
function holdTogether(socket: Socket, port: number): void {
  const other = connect(port, "127.0.0.1");
  let held: Buffer[] = [];
  other.on("data", (bytes) => {
    held.push(bytes);
    if (held.length > 1) return;
    setTimeout(() => {
      socket.write(Buffer.concat(held));
      held = [];
    }, 20);
  });
  socket.pipe(other);
  socket.on("error", () => other.destroy()).on("close", () => other.destroy());
  other.on("error", () => socket.destroy()).on("close", () => socket.destroy());
}

/** Waits until the event loop has looked at all sockets since. */
async function looked(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

describe("a request", () => {
  test("is sent as it is meant", async () => {
    const seen: string[] = [];
    const { origin } = await relay((request, socket) => {
      seen.push(request);
      socket.write(ok("yes"));
    });
    const headers = { authorization: "Bearer k", "x-other": "a\tb" };
    const message = { origin, path: "/v1/x?y", method: "POST", headers, body: '{"text":"é€"}' } as const;
    expect(await send(dispatcherWith(), message).result).toMatchObject({ status: 200, body: "yes", error: undefined });
    const host = origin.replace("http://", "");
    const head = `POST /v1/x?y HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\nauthorization: Bearer k\r\nx-other: a\tb\r\n`;
    const body = Buffer.from('{"text":"é€"}').toString("latin1");
    expect(seen).toEqual([`${head}content-length: ${body.length}\r\n\r\n${body}`]);
  });

  test("without a body has no length", async () => {
    const seen: string[] = [];
    const { origin } = await relay((request, socket) => {
      seen.push(request);
      socket.write(ok(""));
    });
    await send(dispatcherWith(), { origin }).result;
    expect(seen[0]).toMatch(/^GET \/ HTTP\/1\.1\r\nhost: \S+\r\nconnection: keep-alive\r\n\r\n$/);
  });

  test.each(["a\r\nx: y", "a\n", "\0", "é"])(
    "with a header of %j is not sent, and nobody hears of the value",
    async (value) => {
      const { origin, sockets } = await relay((_, socket) => void socket.write(ok("")));
      const dispatcher = dispatcherWith();
      const { error } = await send(dispatcher, { origin, headers: { "x-key": value } }).result;
      expect(error).toEqual(new TypeError("the header x-key has characters that cannot be sent"));
      expect((await send(dispatcher, { origin }).result).status).toBe(200);
      expect(sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)).toBeLessThan(100);
    },
  );

  test("goes to an address of IPv6", async () => {
    const { origin } = await relay((_, socket) => void socket.write(ok("six")), "::1");
    expect(await send(dispatcherWith(), { origin }).result).toMatchObject({ body: "six" });
  });
});

describe("a connection", () => {
  test("is used for one exchange after the other, the last that was used first", async () => {
    const { origin, sockets } = await relay((_, socket) => void socket.write(ok("x")));
    const dispatcher = dispatcherWith();
    await Promise.all([send(dispatcher, { origin }).result, send(dispatcher, { origin }).result]);
    for (let count = 0; count < 5; count++) {
      await looked();
      await send(dispatcher, { origin }).result;
    }
    expect(sockets).toHaveLength(2);
    expect(sockets.map(({ bytesRead }) => bytesRead).toSorted((one, other) => one - other)[0]).toBeLessThan(100);
  });

  test.each([
    ["that says so", (socket: Socket) => void socket.write(ok("x", "connection: close\r\n"))],
    ["that will be closed before long", (socket: Socket) => void socket.write(ok("x", "keep-alive: timeout=2\r\n"))],
    ["that says more than was asked", (socket: Socket) => void socket.write(`${ok("x")}HTTP/1.1 200 OK\r\n`)],
    ["whose end is that of its answer", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nx")],
    ["that the relay closes", (socket: Socket) => void socket.end(ok("x"))],
  ])("%s is not used again", async (_, answer) => {
    const { origin, sockets } = await relay((_request, socket) => answer(socket));
    const dispatcher = dispatcherWith();
    for (let count = 1; count <= 3; count++) {
      expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "x", error: undefined });
      await closed(sockets[count - 1]);
    }
    expect(sockets).toHaveLength(3);
  });

  test("that says something unasked is closed", async () => {
    const { origin, sockets } = await relay((_, socket) => void socket.write(ok("x")));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    sockets[0]?.write(ok("stray"));
    await closed(sockets[0]);
    expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "x" });
  });

  /** The number of each request is the answer to it; the first has another one behind it. */
  const answerWithStray = (socket: Socket, request: string, strayAt: number) => {
    const number = /^GET \/(\d+)/.exec(request)?.[1] ?? "";
    if (number !== "1") return void socket.write(ok(number));
    const head = (length: number) => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`;
    const length = strayAt - head(strayAt).length;
    socket.write(head(length) + "1".repeat(length) + ok("stray"));
  };

  test("does not take what was sent along with an answer for the next one, though it is read later", async () => {
    // As much as is read at once, and what comes with it.
    const { origin } = await relay((request, socket) => answerWithStray(socket, request, 16_384));
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const paths = ["/1", "/2", "/3"];
    const sent = await Promise.all(paths.map((path) => send(dispatcher, { origin, path }).result));
    expect(sent.map(({ body }) => body.slice(0, 5))).toEqual(["11111", "2", "3"]);
  });

  test.each([1, 10])("that the relay closes after every %i answers without a word loses no request", async (every) => {
    let answers = 0;
    const { origin } = await relay((_, socket) => {
      answers += 1;
      if (answers % every === 0) socket.end(ok("x"));
      else socket.write(ok("x"));
    });
    const dispatcher = dispatcherWith({ maxConnections: 64 });
    const caller = async () => {
      for (let count = 0; count < 40; count++) {
        const { error } = await send(dispatcher, { origin }).result;
        expect(error).toBeUndefined();
      }
    };
    await Promise.all(Array.from({ length: 10 }, caller));
  });

  test.each(["onResponseStart", "onResponseData", "onResponseEnd"] as const)(
    "outlives or leaves a handler whose %s throws",
    async (method) => {
      const { origin } = await relay((_, socket) => void socket.write(ok("x")));
      const dispatcher = dispatcherWith({ maxConnections: 1 });
      const fault = new Error("a fault");
      const error = await new Promise((resolve) => {
        const handler = {
          onRequestStart: () => {},
          onResponseStart: () => {},
          onResponseData: () => {},
          onResponseEnd: () => {},
          onResponseError: (_: unknown, reason: Error) => resolve(reason),
          [method]: () => {
            throw fault;
          },
        };
        dispatcher.dispatch({ origin, path: "/", method: "GET", headers: {} }, handler);
      });
      expect(error).toBe(fault);
      expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "x" });
    },
  );

  test("on which the answer came before all of the question was sent is closed", async () => {
    const { origin, sockets } = await relay((_, socket) => {
      socket.pause();
      socket.write(ok("too long"));
    });
    const message = { origin, method: "POST", body: "x".repeat(64 * 1024 * 1024) } as const;
    const { result } = send(dispatcherWith(), message);
    expect(await result).toMatchObject({ status: 200, body: "too long", error: undefined });
    sockets[0]?.resume();
    await closed(sockets[0]);
  });

  test("is closed under an exchange that is left, and nobody else's is", async () => {
    const { origin, sockets } = await relay((request, socket) => {
      if (!request.includes("/silent")) socket.write(ok("x"));
    });
    const dispatcher = dispatcherWith();
    const silent = send(dispatcher, { origin, path: "/silent" });
    await vi.waitFor(() => expect(sockets[0]?.bytesRead).toBeGreaterThan(0));
    const other = await send(dispatcher, { origin }).result;
    silent.controller().abort(new Error("left"));
    expect(await silent.result).toMatchObject({ error: new Error("left") });
    await closed(sockets[0]);
    expect(other.error).toBeUndefined();
    expect(sockets[1]?.closed).toBe(false);
  });

  test("is read no further while it is paused", async () => {
    const total = 32 * 1024 * 1024;
    const { origin, sockets } = await relay((_, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      socket.write("x".repeat(total));
    });
    let bytes = 0;
    const sending = send(dispatcherWith(), { origin }, (piece, controller) => {
      if (bytes === 0) controller.pause();
      bytes += piece.length;
    });
    await vi.waitFor(() => expect(bytes).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bytes).toBeLessThanOrEqual(16_384);
    expect(sockets[0]?.writableLength).toBeGreaterThan(0);
    sending.controller().resume();
    expect((await sending.result).body).toHaveLength(total);
  });

  test.each([
    ["says nothing", "", undefined],
    ["breaks off in its head", "HTTP/1.1 200 OK\r\nx: y", undefined],
    ["breaks off in its body", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", 200],
    ["breaks off in a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf", 200],
    ["breaks off before the last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", 200],
  ])("that %s and closes fails", async (_, text, status) => {
    const { origin } = await relay((_request, socket) => void socket.end(text));
    const sent = await send(dispatcherWith(), { origin }).result;
    expect(sent).toMatchObject({ status, body: status ? "half" : "", error: { code: "ECONNRESET" } });
  });
});

describe("connections that are idle", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ["four seconds", "", 4_000],
    ["two less than the relay says", "Keep-Alive: max=9, timeout=12\r\n", 10_000],
    ["ten minutes at most", "keep-alive: timeout=999999\r\n", 600_000],
  ])("are closed after %s", async (_, headers, idleMs) => {
    const { origin, sockets } = await relay((_request, socket) => void socket.write(ok("x", headers)));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    await looked();
    vi.advanceTimersByTime(idleMs - 1);
    await send(dispatcher, { origin }).result;
    await looked();
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(idleMs + 1_000);
    await closed(sockets[0]);
  });

  test("are not used once their time is over, though nobody has looked", async () => {
    const { origin, sockets } = await relay((_, socket) => void socket.write(ok("x")));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    await looked();
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 4_001);
    await send(dispatcher, { origin }).result;
    expect(sockets).toHaveLength(2);
    vi.restoreAllMocks();
  });
});

describe("more requests than connections", () => {
  test("are served as they came, and who leaves is not", async () => {
    const seen: string[] = [];
    const held: (() => void)[] = [];
    const { origin, sockets } = await relay((request, socket) => {
      seen.push(request.slice(4, 6));
      held.push(() => socket.write(ok("x")));
    });
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sendings = ["/1", "/2", "/3", "/4"].map((path) => send(dispatcher, { origin, path }));
    await vi.waitFor(() => expect(held).toHaveLength(1));
    sendings[1]?.controller().abort(new Error("left"));
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(held).toHaveLength(count));
      held[count - 1]?.();
    }
    await Promise.all([0, 2, 3].map((index) => sendings[index]?.result));
    expect(seen).toEqual(["/1", "/3", "/4"]);
    expect(sockets).toHaveLength(1);
  });

  test("get another connection where one breaks", async () => {
    const { origin, sockets } = await relay((request, socket) => {
      if (request.includes("/break")) socket.destroy();
      else socket.write(ok("x"));
    });
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sendings = ["/break", "/a", "/b"].map((path) => send(dispatcher, { origin, path }).result);
    const bodies = (await Promise.all(sendings)).map(({ body }) => body);
    expect(bodies).toEqual(["", "x", "x"]);
    expect(sockets).toHaveLength(2);
  });

  test("all fail where none can be made", async () => {
    const { origin } = await relay(() => {});
    await after.pop()?.();
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const sent = await Promise.all([1, 2, 3].map(() => send(dispatcher, { origin }).result));
    expect(sent.map(({ error }) => error)).toMatchObject(Array(3).fill({ code: "ECONNREFUSED" }));
  });
});

test("closing fails what is under way, what waits and what comes later, and leaves no connection", async () => {
  const { origin, sockets } = await relay(() => {});
  const dispatcher = dispatcherWith({ maxConnections: 1 });
  const sendings = [1, 2].map(() => send(dispatcher, { origin }).result);
  await vi.waitFor(() => expect(sockets[0]?.bytesRead).toBeGreaterThan(0));
  await dispatcher.close();
  const late = send(dispatcher, { origin }).result;
  for (const sending of [...sendings, late]) expect((await sending).error).toBeInstanceOf(Error);
  await closed(sockets[0]);
  expect(sockets).toHaveLength(1);
});

test("closing fails what a connection is being made for, and what asks another relay later", async () => {
  // Never says a word of TLS.
  const { origin, sockets } = await relay(() => {});
  const dispatcher = dispatcherWith({ maxConnections: 1 });
  const secure = origin.replace("http:", "https:");
  const sendings = [1, 2].map(() => send(dispatcher, { origin: secure }).result);
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  const startMs = performance.now();
  await dispatcher.close();
  for (const sending of sendings) expect(await sending).toMatchObject({ error: { code: "ECONNABORTED" } });
  await closed(sockets[0]);
  expect(performance.now() - startMs).toBeLessThan(1_000);
  expect(await send(dispatcher, { origin }).result).toMatchObject({ error: { code: "ECONNABORTED" } });
});

test("who leaves at once is not asked for", async () => {
  const { origin, sockets } = await relay((_, socket) => void socket.write(ok("x")));
  const dispatcher = dispatcherWith();
  const handler = {
    onRequestStart: (controller: { abort(error: Error): void }) => controller.abort(new Error("left")),
    onResponseStart: () => {},
    onResponseData: () => {},
    onResponseEnd: () => {},
    onResponseError: () => {},
  };
  dispatcher.dispatch({ origin, path: "/", method: "GET", headers: {} }, handler);
  await looked();
  expect(sockets).toHaveLength(0);
});

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
