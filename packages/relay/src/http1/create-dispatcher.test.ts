import type { Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { dispatcherWith, looked, ok, rawRelay } from "../testing/dispatcher-harness.js";
import { closed } from "../testing/exchange.js";
import { type Sent, send } from "../testing/send.js";

describe("a request", () => {
  test("is sent as it is meant", async () => {
    const seen: string[] = [];
    const { origin } = await rawRelay((request, socket) => {
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
    const { origin } = await rawRelay((request, socket) => {
      seen.push(request);
      socket.write(ok(""));
    });
    await send(dispatcherWith(), { origin }).result;
    expect(seen[0]).toMatch(/^GET \/ HTTP\/1\.1\r\nhost: \S+\r\nconnection: keep-alive\r\n\r\n$/);
  });

  test.each(["a\r\nx: y", "a\n", "\0", "é"])(
    "with a header of %j is not sent, and nobody hears of the value",
    async (value) => {
      const { origin, sockets } = await rawRelay((_, socket) => void socket.write(ok("")));
      const dispatcher = dispatcherWith();
      const { error } = await send(dispatcher, { origin, headers: { "x-key": value } }).result;
      expect(error).toEqual(new TypeError("the header x-key has characters that cannot be sent"));
      expect((await send(dispatcher, { origin }).result).status).toBe(200);
      expect(sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0)).toBeLessThan(100);
    },
  );

  test("goes to an address of IPv6", async () => {
    const { origin } = await rawRelay((_, socket) => void socket.write(ok("six")), "::1");
    expect(await send(dispatcherWith(), { origin }).result).toMatchObject({ body: "six" });
  });
});

describe("a connection", () => {
  test("is used for one exchange after the other, the last that was used first", async () => {
    const { origin, sockets } = await rawRelay((_, socket) => void socket.write(ok("x")));
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
    const { origin, sockets } = await rawRelay((_request, socket) => answer(socket));
    const dispatcher = dispatcherWith();
    for (let count = 1; count <= 3; count++) {
      expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "x", error: undefined });
      await closed(sockets[count - 1]);
    }
    expect(sockets).toHaveLength(3);
  });

  test("that says something unasked is closed", async () => {
    const { origin, sockets } = await rawRelay((_, socket) => void socket.write(ok("x")));
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    sockets[0]?.write(ok("stray"));
    await closed(sockets[0]);
    expect(await send(dispatcher, { origin }).result).toMatchObject({ body: "x" });
  });

  test("that says something before it is asked is closed, and nothing of it is an answer", async () => {
    const seen: string[] = [];
    const { origin, sockets } = await rawRelay((request, socket) => {
      seen.push(request);
      socket.write(ok("x"));
    });
    const dispatcher = dispatcherWith();
    await send(dispatcher, { origin }).result;
    await looked();
    const result = await new Promise<Sent>((resolve) => {
      // Timers run before a turn looks at its sockets: what is said now is read before the request is sent.
      setTimeout(() => {
        sockets[0]?.write(ok("stray"));
        resolve(send(dispatcher, { origin }).result);
      });
    });
    expect(result).toMatchObject({ status: undefined, body: "", error: { code: "ECONNRESET" } });
    await closed(sockets[0]);
    expect(seen).toHaveLength(1);
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
    const { origin } = await rawRelay((request, socket) => answerWithStray(socket, request, 16_384));
    const dispatcher = dispatcherWith({ maxConnections: 1 });
    const paths = ["/1", "/2", "/3"];
    const sent = await Promise.all(paths.map((path) => send(dispatcher, { origin, path }).result));
    expect(sent.map(({ body }) => body.slice(0, 5))).toEqual(["11111", "2", "3"]);
  });

  test.each([1, 10])("that the relay closes after every %i answers without a word loses no request", async (every) => {
    let answers = 0;
    const { origin } = await rawRelay((_, socket) => {
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
      const { origin } = await rawRelay((_, socket) => void socket.write(ok("x")));
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
    const { origin, sockets } = await rawRelay((_, socket) => {
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
    const { origin, sockets } = await rawRelay((request, socket) => {
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
    const { origin, sockets } = await rawRelay((_, socket) => {
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
    const { origin } = await rawRelay((_request, socket) => void socket.end(text));
    const sent = await send(dispatcherWith(), { origin }).result;
    expect(sent).toMatchObject({ status, body: status ? "half" : "", error: { code: "ECONNRESET" } });
  });
});
