import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { listenLocally } from "../listen-locally.js";
import { openHttp1 } from "./http1-transport.js";
import { openHttp2 } from "./http2-transport.js";
import type { LoadJob } from "./load-job.js";
import type { Transport } from "./transport.js";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;
type Listener = (request: Request, response: Response) => void;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function openTransport(kind: "http1" | "h2c", listener: Listener, body = "{}"): Promise<Transport> {
  const server: Server = kind === "http1" ? createServer(listener) : createHttp2Server(listener);
  const job = jobOf(kind, await listenLocally(server), body);
  const transport = await (kind === "http1" ? openHttp1(job) : openHttp2(job));
  stops.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => transport.close(),
  );
  return transport;
}

function jobOf(kind: "http1" | "h2c", origin: string, body = "{}"): LoadJob {
  return {
    ...{ transport: kind, path: "/some/path", headers: { "content-type": "application/json" }, answer: "json", origin },
    ...{ bodyBase64: Buffer.from(body).toString("base64"), expectedText: "", calls: 10, concurrency: 10 },
    callsPerSecond: null,
  };
}

function write(response: Response, text: string): void {
  if ("stream" in response) response.write(text);
  else response.write(text);
}

async function callOnce(transport: Transport) {
  const parts: Buffer[] = [];
  const end = await transport.call((bytes) => parts.push(bytes));
  return { ...end, text: Buffer.concat(parts).toString() };
}

describe.each(["http1", "h2c"] as const)("a transport of %s", (kind) => {
  test.each([200, 400, 404, 418, 429, 500, 503, 504])("hands on an answer of status %d", async (status) => {
    const transport = await openTransport(kind, (_, response) => {
      response.statusCode = status;
      response.setHeader("retry-after", "2");
      response.end("a whole answer");
    });
    expect(await callOnce(transport)).toEqual({
      ...{ status, retryAfter: "2", text: "a whole answer" },
      grpcStatus: undefined,
    });
  });

  test("makes the request that it was told to", async () => {
    const seen: object[] = [];
    const body = "a prompt ".repeat(20_000);
    const transport = await openTransport(
      kind,
      (request, response) => {
        const parts: Buffer[] = [];
        request.on("data", (bytes: Buffer) => parts.push(bytes));
        request.on("end", () => {
          const { method, url, headers } = request;
          seen.push({ method, url, type: headers["content-type"], isWhole: Buffer.concat(parts).toString() === body });
          response.end("{}");
        });
      },
      body,
    );
    // Together more than the window of a connection, so that most of them wait for more of it.
    await Promise.all(Array.from({ length: 8 }, () => callOnce(transport)));
    const expected = { method: "POST", url: "/some/path", type: "application/json", isWhole: true };
    expect(seen).toEqual(Array.from({ length: 8 }, () => expected));
  });

  test("hands on a large answer that comes in parts, and the next on the same connection", async () => {
    const text = Array.from({ length: 40 }, (_, part) => `${part}:${"x".repeat(part * 1_000)}`);
    const transport = await openTransport(kind, (_, response) => {
      for (const part of text) write(response, part);
      response.end();
    });
    for (let call = 0; call < 5; call += 1) expect((await callOnce(transport)).text).toBe(text.join(""));
  });

  test("hands on each part as it comes", async () => {
    let finish = () => {};
    const transport = await openTransport(kind, (_, response) => {
      write(response, "first");
      finish = () => response.end("last");
    });
    const parts: string[] = [];
    const came = Promise.withResolvers<void>();
    const end = transport.call((bytes) => {
      parts.push(bytes.toString());
      came.resolve();
    });
    await came.promise;
    expect(parts).toEqual(["first"]);
    finish();
    await end;
    expect(parts.join("")).toBe("firstlast");
  });

  test("makes the calls that have to wait for a connection", async () => {
    const transport = await openTransport(kind, (request, response) => {
      request.resume();
      setImmediate(() => response.end("{}"));
    });
    const ends = await Promise.all(Array.from({ length: 50 }, () => callOnce(transport)));
    expect(ends.filter(({ status, text }) => status === 200 && text === "{}")).toHaveLength(50);
  });

  test("rejects where the connection breaks, and goes on after it where it can", async () => {
    let calls = 0;
    const transport = await openTransport(kind, (request, response) => {
      calls += 1;
      if (calls > 1) response.end("{}");
      else if ("stream" in response) response.stream.close(2);
      else request.socket.destroy();
    });
    await expect(callOnce(transport)).rejects.toThrow(/closed before|reset, code 2/);
    expect(await callOnce(transport)).toMatchObject({ status: 200, text: "{}" });
  });
});

test("over HTTP/2, a call on a connection that is gone is rejected", async () => {
  const transport = await openTransport("h2c", (_, response) => {
    if ("stream" in response) response.stream.session?.destroy();
  });
  // One for each connection, and one more.
  for (let call = 0; call < 5; call += 1) await expect(callOnce(transport)).rejects.toThrow("connection");
});

describe("an answer of gRPC", () => {
  test("has its status in its trailers", async () => {
    const transport = await openTransport("h2c", (_, response) => {
      response.setHeader("content-type", "application/grpc");
      write(response, "message");
      if ("stream" in response) response.addTrailers({ "grpc-status": "0", "grpc-message": "" });
      response.end();
    });
    expect(await callOnce(transport)).toMatchObject({ status: 200, grpcStatus: "0", text: "message" });
  });

  test("has it in its headers where there is nothing else", async () => {
    const transport = await openTransport("h2c", (_, response) => {
      response.setHeader("grpc-status", "14");
      response.setHeader("grpc-message", 'all are busy: <|{}~^`|> 100%25, "please" (try again)!');
      response.setHeader("retry-after", "31");
      response.end();
    });
    expect(await callOnce(transport)).toMatchObject({ status: 200, grpcStatus: "14", retryAfter: "31", text: "" });
  });
});

test("HTTP/2 opens another connection where one has as many calls as its server takes", async () => {
  const waiting: (() => void)[] = [];
  const server = createHttp2Server({ settings: { maxConcurrentStreams: 2 } }, (_, response) => {
    waiting.push(() => response.end("{}"));
  });
  let connections = 0;
  server.on("session", () => {
    connections += 1;
  });
  const transport = await openHttp2({ ...jobOf("h2c", await listenLocally(server)), concurrency: 100 });
  stops.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => transport.close(),
  );
  const calls = Array.from({ length: 20 }, () => callOnce(transport));
  await expect.poll(() => waiting.length).toBe(20);
  expect(connections).toBe(10);
  for (const answer of waiting) answer();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
});

test("HTTP/2 resets a request that was answered before it was whole", async () => {
  const server = createHttp2Server({ settings: { maxConcurrentStreams: 2 } });
  const codes: number[] = [];
  server.on("stream", (stream) => {
    stream.on("error", () => {}).on("close", () => codes.push(stream.rstCode));
    stream.respond({ ":status": 503 }, { endStream: true });
  });
  // More than a server takes unread.
  const transport = await openHttp2(jobOf("h2c", await listenLocally(server), "a prompt ".repeat(20_000)));
  stops.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => transport.close(),
  );
  for (let call = 0; call < 8; call += 1) expect(await callOnce(transport)).toMatchObject({ status: 503 });
  await expect.poll(() => codes).toEqual(Array.from({ length: 8 }, () => 0));
});
