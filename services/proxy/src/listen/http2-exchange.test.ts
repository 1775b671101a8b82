import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { endUnreadBody } from "./end-unread-body.js";
import { openPort } from "./one-port.js";
import { readBody } from "./read-body.js";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";
import { writeAnswer } from "./write-answer.js";

/** A caller over one connection, and how many of its streams are open on the other side. */
async function serveOn(isStock: boolean, answer: (request: HttpRequest, response: HttpResponse) => void) {
  let open = 0;
  const port = await openPort({ host: "127.0.0.1", port: 0, tls: undefined, isStock }, (request, response) => {
    open += 1;
    response.on("close", () => {
      open -= 1;
    });
    endUnreadBody(response);
    answer(request, response);
  });
  const session = connect(`http://127.0.0.1:${port.port}`).on("error", () => {});
  onTestFinished(async () => {
    session.destroy();
    await port.destroy();
  });
  return { session, open: () => open };
}

/** The status of the answer and its text, once the caller's side of the stream is over. */
async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Buffer) {
  const stream: ClientHttp2Stream = session.request(headers, { endStream: body === undefined });
  let status = 0;
  stream.once("response", (received) => {
    status = received[":status"] ?? 0;
  });
  if (body !== undefined) stream.end(body);
  const text = Buffer.concat(await stream.toArray()).toString();
  return { status, text };
}

const post = { ":method": "POST", ":path": "/" };

describe.each([
  ["our own reader", false],
  ["Node's", true],
])("with %s", (_name, isStock) => {
  const serve = (answer: (request: HttpRequest, response: HttpResponse) => void) => serveOn(isStock, answer);

  test.each([1, 20_000, 45_000, 200_000])(
    "a body that is %d bytes too large leaves no stream behind",
    async (excess) => {
      const maxBytes = 262_144;
      const { session, open } = await serve((request, response) => {
        readBody(request, { maxBytes, maxMs: 5_000, clock: systemClock }, ({ kind }) =>
          // After the rest of it, and its end, have come.
          setTimeout(() => respond(response, kind === "whole" ? 200 : 413, { kind }), 50),
        );
      });
      for (let call = 0; call < 3; call += 1)
        expect(await ask(session, post, Buffer.alloc(maxBytes + excess))).toMatchObject({ status: 413 });
      await expect.poll(open, { timeout: 3_000 }).toBe(0);
    },
  );

  test.each([
    { method: "HEAD", status: 200, pieces: ["a", "b"] },
    { method: "HEAD", status: 200, pieces: ["a".repeat(40_000), "b"] },
    { method: "HEAD", status: 200, pieces: [] },
    { method: "GET", status: 204, pieces: [] },
  ])("an answer of $status to $method ends with its headers", async ({ method, status, pieces }) => {
    const failures: unknown[] = [];
    const { session, open } = await serve((_request, response) => {
      const body = async function* () {
        for (const piece of pieces) yield Buffer.from(piece);
      };
      writeAnswer({ status, body: body() }, response).catch((error: unknown) => failures.push(error));
    });
    expect(await ask(session, { ":method": method, ":path": "/" })).toEqual({ status, text: "" });
    await expect.poll(open).toBe(0);
    expect(failures).toEqual([]);
  });

  test("a request that expects what nobody does is refused, and ends though its body does not", async () => {
    const { session } = await serve((_request, response) => respond(response, 200));
    const stream = session.request({ ...post, expect: "a miracle" });
    const refused = new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
    stream.on("error", () => {}).resume();
    const closed = new Promise((resolve) => stream.once("close", resolve));
    stream.write("on and on");
    expect(await refused).toBe(417);
    await closed;
  });

  test("a caller that waits for the word to go on is told to", async () => {
    const { session } = await serve((request, response) => {
      readBody(request, { maxBytes: 100, maxMs: 5_000, clock: systemClock }, (body) =>
        respond(response, 200, { text: body.kind === "whole" ? body.bytes.toString() : body.kind }),
      );
    });
    const stream = session.request({ ...post, expect: "100-continue" });
    stream.once("continue", () => stream.end("the body"));
    expect(JSON.parse(Buffer.concat(await stream.toArray()).toString())).toEqual({ text: "the body" });
  });
});
