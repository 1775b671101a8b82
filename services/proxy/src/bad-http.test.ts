import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { expectRefused } from "./testing/expect-refused.js";
import { useWellProxy } from "./testing/use-well-proxy.js";
import { type Wire, wireCall, wires } from "./testing/wire-call.js";

const proxyOf = useWellProxy();
const body = Buffer.from('{"messages":[{"role":"user","content":"hello"}]}');
const http1: Wire = { name: "HTTP/1.1", rpc: "Chat", httpVersion: 1, contentType: "application/json" };
const http2: Wire = { ...http1, name: "HTTP/2", httpVersion: 2 };

test.for([http1, http2])("$name: a media type that is not served", async (wire) => {
  const outcome = await wireCall(proxyOf().proxy.url, { ...wire, contentType: "text/plain" }, body);
  expect(outcome.answer.status).toBe(415);
  expect(outcome.answer.headers.get("accept-post")).toContain("application/json");
  expectRefused(outcome, { words: /text\/plain.*application\/json/ });
});

test.for([http1, http2])("$name: a method that is not served", async (wire) => {
  const outcome = await wireCall(proxyOf().proxy.url, wire, body, { method: "PUT" });
  expect(outcome.answer.status).toBe(405);
  expect(outcome.answer.headers.get("allow")).toBe("POST");
  expectRefused(outcome, { words: /Chat takes POST/ });
});

test.for([http1, http2])("$name: a path that is not served", async (wire) => {
  const { code, details, answer } = await wireCall(proxyOf().proxy.url, wire, body, { path: "/v3/nothing" });
  expect(answer.status).toBe(404);
  expect(code).toBe("not_found");
  expect(details.map(({ reason }) => reason)).toEqual(["invalid_request"]);
});

test.for(["", "a b", "exa[mple", "x:99999999"])("a Host header of '%s'", async (host) => {
  const answer = await exchange(
    `POST /meridian.inference.v1.InferenceService/Chat HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  if (host !== "") expect(answer).toContain("meridian.inference.v1.ErrorDetail");
});

test.for([
  { name: "no Host header", request: "GET /health HTTP/1.1\r\n\r\n" },
  { name: "two lengths", request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" },
  {
    name: "a length and chunks (request smuggling)",
    request: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  },
  { name: "a header with a line feed alone", request: "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n" },
  { name: "no HTTP", request: "hello there\r\n\r\n" },
])("$name", async ({ request }) => {
  expect(await exchange(request)).toMatch(/^HTTP\/1.1 400 /);
});

test("headers above the limit of size", async () => {
  const request = `GET /health HTTP/1.1\r\nHost: a\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`;
  expect(await exchange(request)).toMatch(/^HTTP\/1.1 431 /);
});

test("a deadline that ends while the body is on its way", async () => {
  for (const wire of wires.filter(({ httpVersion }) => httpVersion === 2)) {
    const session = connectHttp2(proxyOf().proxy.url);
    const isGrpc = wire.contentType.startsWith("application/grpc");
    const stream = session.request({
      ":method": "POST",
      ":path": `/meridian.inference.v1.InferenceService/${wire.rpc}`,
      "content-type": wire.contentType,
      ...(isGrpc ? { "grpc-timeout": "50m" } : { "connect-timeout-ms": "50" }),
    });
    // One byte, and then nothing more.
    stream.write(Buffer.alloc(1, "{"));
    stream.resume();
    const status = await new Promise((resolve, reject) => {
      stream.on("response", (headers) => resolve(headers[":status"])).on("error", reject);
    });
    expect(status).toBe(wire.contentType === "application/json" ? 504 : 200);
    session.destroy();
  }
});

/** Sends bytes as they are and reads until the proxy closes the connection, or has answered and we close it. */
function exchange(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(proxyOf().proxy.url);
    const socket = connect(Number(port), "127.0.0.1", () => socket.end(request));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}

test("a deadline longer than a timer can be does not end the call while its body is on the way", async () => {
  const { hostname, port } = new URL(proxyOf().proxy.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /meridian.inference.v1.InferenceService/Chat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n` +
      `Connect-Timeout-Ms: 9999999999\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  // A timer that has overflowed fires after one millisecond, on the clock of the system.
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.write(body);
  expect((await socket.toArray()).join("")).toMatch(/^HTTP\/1.1 200 /);
});

test("a body that is refused unread leaves its HTTP/2 connection fit to be closed", async () => {
  const session = connectHttp2(proxyOf().proxy.url);
  const closed = new Promise((resolve) => session.once("close", resolve));
  const stream = session.request({
    ":method": "POST",
    ":path": "/meridian.inference.v1.InferenceService/Chat",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const length = 5 * 1024 * 1024;
  const message = Buffer.alloc(length + 5);
  message.writeUInt32BE(length, 1);
  const trailers = new Promise<string | undefined>((resolve) =>
    stream.once("trailers", (headers) => resolve(String(headers["grpc-status"]))),
  );
  stream.resume().end(message);
  expect(await trailers).toBe("8");
  session.close();
  await closed;
});
