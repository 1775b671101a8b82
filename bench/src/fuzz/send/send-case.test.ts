import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type ExpectedAnswer, type FuzzCase, send } from "../fuzz-case.js";
import { judgeAnswer } from "../judge/judge-answer.js";
import { sendCase } from "./send-case.js";

const limits = { silenceMs: 50, answerMs: 500 };
let close = async () => {};
afterEach(() => close());

/** What is found of a server that does this with its connections. */
async function found(answer: ExpectedAnswer, serve: (socket: Socket) => void): Promise<readonly string[]> {
  const server = createServer((socket) => serve(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  close = async () => {
    await new Promise((resolve) => server.close(resolve));
  };
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const fuzzCase: FuzzCase = {
    ...{ number: 0, area: "http1", proxy: "open", port: "public", what: "a request", answer },
    steps: [send("GET / HTTP/1.1\r\n"), { kind: "wait", ms: 1 }, send("\r\n")],
  };
  return judgeAnswer(fuzzCase, await sendCase(fuzzCase, { host: "127.0.0.1", port }, limits));
}

test("a server that answers and closes is fine", async () => {
  expect(
    await found("closed", (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
  ).toEqual([]);
});

test("one that answers a caller's fault as its own is found", async () => {
  const body = 'HTTP/1.1 500 Internal Server Error\r\n\r\n{"code":"internal"}';
  expect(await found("closed", (socket) => socket.once("data", () => socket.end(body)))).toEqual([
    "status 500",
    'the answer says "code":"internal"',
  ]);
});

test("one that says nothing is found where an answer is due", async () => {
  const silent = (socket: Socket) => socket.resume();
  expect(await found("any", silent)).toEqual([]);
  await close();
  expect(await found("closed", silent)).toEqual(["a request that is whole was not answered"]);
});

test("one that breaks the connection is found where an answer is due", async () => {
  expect(await found("closed", (socket) => socket.once("data", () => socket.resetAndDestroy()))).toEqual([
    "closed without an answer",
  ]);
});

test("one that is not there is found", async () => {
  const fuzzCase: FuzzCase = {
    ...{ number: 0, area: "http1", proxy: "open", port: "public", what: "nothing", answer: "any" },
    steps: [],
  };
  const answer = await sendCase(fuzzCase, { host: "127.0.0.1", port: 1 }, limits);
  expect(judgeAnswer(fuzzCase, answer)).toEqual(["nobody listens"]);
});
