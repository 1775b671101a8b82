import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket, createServer } from "node:net";
import { Secret } from "@meridian/core";
import { afterEach, describe, expect, type TestContext, test } from "vitest";
import { createCertificate } from "../../testing/create-certificate.js";
import { requireProgram } from "../../testing/require-program.js";
import { runProgram } from "../../testing/run-program.js";
import { createSeededRandom } from "../../testing/seeded-random.js";
import { whenRead } from "../../testing/when-read.js";
import { type OnePort, openPort, type PortAddress } from "../one-port.js";
import { type HttpRequest, type HttpResponse, respond } from "../respond.js";

const clearText = { host: "127.0.0.1", port: 0, tls: undefined };
const ports: OnePort[] = [];
afterEach(() => Promise.all(ports.splice(0).map((port) => port.destroy())));

async function serve(
  listener: (request: HttpRequest, response: HttpResponse) => void,
  address: PortAddress = clearText,
) {
  const port = await openPort(address, listener);
  ports.push(port);
  return port.port;
}

describe("h2spec", () => {
  /** What it says of our port: how many of its tests failed, and which. */
  async function h2spec(context: TestContext, port: number, ...options: readonly string[]) {
    const program = requireProgram(context, "h2spec");
    const { stdout } = await runProgram(program, ["-h", "127.0.0.1", "-p", String(port), "-o", "2", ...options]);
    const [, count] = /(\d+) tests, \d+ passed, 0 skipped/.exec(stdout) ?? [];
    expect(Number(count)).toBeGreaterThan(140);
    const [, failures = ""] = stdout.split("Failures:");
    return [...failures.matchAll(/× \d+: (.*)/g)].map(([, name]) => name);
  }

  const answerAll = (request: HttpRequest, response: HttpResponse) =>
    whenRead(request, () => respond(response, 200, { hello: "world" }));

  test("finds nothing over TLS", async (context) => {
    const { certificateFile, keyFile, remove } = await createCertificate(context);
    const tls = { certificate: readFileSync(certificateFile, "utf8"), key: new Secret(readFileSync(keyFile, "utf8")) };
    remove();
    expect(await h2spec(context, await serve(answerAll, { ...clearText, tls }), "-t", "-k")).toEqual([]);
  });

  test("finds in clear text only that what is no HTTP/2 is taken for HTTP/1.1", async (context) => {
    expect(await h2spec(context, await serve(answerAll))).toEqual(["Sends invalid connection preface"]);
  });
});

/** Numbers and choices that are the same in every run. */
function createChoices(seed: number) {
  const random = createSeededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[below(values.length)];
    if (value === undefined) throw new Error("nothing to choose from");
    return value;
  };
  return { below, pick };
}

type Choices = ReturnType<typeof createChoices>;

const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
const beyond = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join("");

/** A request as clients may send it: any octet that a value may have, names that come again, large and small ones. */
function anyRequest({ below, pick }: Choices) {
  const headers: OutgoingHttpHeaders = {
    ":method": pick(["POST", "PUT", "GET", "HEAD", "DELETE"]),
    ":path": `/${below(9)}`,
  };
  for (let count = below(12); count > 0; count -= 1) {
    const text = pick([visible, visible, beyond]);
    const value = Array.from({ length: pick([0, 1, 5, 40, 400]) }, () => text[below(text.length)] ?? "").join("");
    const name = pick(["x-a", "x-b", `x-${below(1_000)}`, "accept", "cookie", "authorization", "traceparent"]);
    headers[name] = name.length === 3 && below(3) === 0 ? [value, "second"] : value;
  }
  const hasBody = headers[":method"] === "POST" || headers[":method"] === "PUT";
  const pieces = hasBody
    ? Array.from({ length: below(5) }, () => Buffer.alloc(pick([0, 1, 100, 20_000, 90_000]), below(256)))
    : [];
  if (hasBody && below(2) === 0)
    headers["content-length"] = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { headers, pieces };
}

/** Answers with what was read, at a length and in pieces that the path says. */
function echo(request: HttpRequest, response: HttpResponse) {
  whenRead(request, (bytes) => {
    const headers = Object.entries(request.headers).filter(([name]) => name !== ":authority");
    const sum = bytes.reduce((total, byte) => (total * 31 + byte) % 1_000_003, 7);
    const text = JSON.stringify({ headers: headers.toSorted(), length: bytes.byteLength, sum });
    const times = Number(request.url?.slice(1));
    response.setHeader("x-times", String(times));
    response.statusCode = times === 7 ? 204 : 200;
    for (let index = 0; index < times; index += 1) response.write(text.repeat(index * 20 + 1));
    response.addTrailers({ "x-end": "1" });
    response.end(text);
  });
}

/** What a client sees of the answer. */
async function ask(session: ClientHttp2Session, { headers, pieces }: ReturnType<typeof anyRequest>) {
  const stream = session.request(headers, { endStream: pieces.length === 0 });
  const seen: unknown[] = [];
  stream.on("response", ({ date, ...received }) => seen.push(typeof date, Object.entries(received).toSorted()));
  stream.on("trailers", (received) => seen.push(Object.entries(received)));
  stream.on("error", (error) => seen.push(error.message));
  for (const piece of pieces) stream.write(piece);
  if (pieces.length > 0) stream.end();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "close");
  return { seen, text: Buffer.concat(chunks).toString() };
}

test("clients see the same of Node's server and of ours, whatever they ask", async () => {
  const sessions = await Promise.all(
    [true, false].map(async (isStock) => connect(`http://127.0.0.1:${await serve(echo, { ...clearText, isStock })}`)),
  );
  const choices = createChoices(Date.now() % 1_000_000);
  for (let round = 0; round < 40; round += 1) {
    const requests = Array.from({ length: 8 }, () => anyRequest(choices));
    const [stock, ours] = await Promise.all(
      sessions.map((session) => Promise.all(requests.map((request) => ask(session, request)))),
    );
    expect(ours).toEqual(stock);
  }
  for (const session of sessions) session.destroy();
});

/** What a client of Node's sends of some requests, as bytes. */
async function recordRequests(choices: Choices): Promise<Buffer> {
  const target = await serve(echo);
  const chunks: Buffer[] = [];
  const recorder = createServer((socket) => {
    const onward = connectSocket(target, "127.0.0.1");
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
    socket.pipe(onward).on("error", () => {});
    onward.pipe(socket);
  });
  recorder.listen(0, "127.0.0.1");
  await once(recorder, "listening");
  const address = recorder.address();
  const session = connect(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  await Promise.all(Array.from({ length: 6 }, () => ask(session, anyRequest(choices))));
  session.destroy();
  recorder.close();
  return Buffer.concat(chunks);
}

/** Bytes of which some are others, are missing, or come twice. */
function corrupted(bytes: Buffer, { below, pick }: Choices): Buffer {
  let result = Buffer.from(bytes);
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const at = below(result.byteLength);
    const length = pick([1, 1, 4, 9, below(200)]);
    const part = result.subarray(at, at + length);
    const change = pick(["other", "missing", "twice", "moved"]);
    if (change === "other") part.set(part.map(() => below(256)));
    else if (change === "missing") result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    else if (change === "twice") result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
    else result = Buffer.concat([result.subarray(0, below(at + 1)), part, result.subarray(at)]);
  }
  return result;
}

test("whatever bytes come, each call that begins ends once, and none is whole that is not", async () => {
  const choices = createChoices(Date.now() % 1_000_000);
  const calls = { begun: 0, closed: 0, cutShort: 0 };
  const port = await serve((request, response) => {
    calls.begun += 1;
    response.on("close", () => {
      calls.closed += 1;
    });
    whenRead(request, (bytes) => {
      const { "content-length": length } = request.headers;
      if (length !== undefined && Number(length) !== bytes.byteLength) calls.cutShort += 1;
      respond(response, 200, { length: bytes.byteLength });
    });
  });
  const recordings = [await recordRequests(choices), await recordRequests(choices)];
  for (let round = 0; round < 400; round += 1) {
    const bytes = corrupted(choices.pick(recordings), choices);
    const socket = connectSocket(port, "127.0.0.1")
      .on("error", () => {})
      .resume();
    // In one piece, and in some.
    for (let at = 0; at < bytes.byteLength; ) {
      const length = choices.pick([bytes.byteLength, 1 + choices.below(3_000)]);
      socket.write(bytes.subarray(at, at + length));
      at += length;
    }
    socket.end();
    // `once` would reject where the connection is reset, as it may be.
    await new Promise((resolve) => socket.once("close", resolve));
  }
  expect(calls.begun).toBeGreaterThan(100);
  await expect.poll(() => calls.closed).toBe(calls.begun);
  expect(calls.cutShort).toBe(0);
});
