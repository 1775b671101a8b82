import { Agent, type IncomingMessage, request as send } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { openPort } from "./one-port.js";
import type { HttpResponse } from "./respond.js";
import { UsualResponse } from "./usual-exchange.js";

/** The answer of a port to a request of this method, as its caller sees it: what is no POST is Node's to answer. */
async function ask(method: string, answer: (response: HttpResponse) => void) {
  const address = { host: "127.0.0.1", port: 0, tls: undefined };
  const port = await openPort(address, (_request, response) => {
    expect(response instanceof UsualResponse).toBe(method === "POST");
    answer(response);
  });
  onTestFinished(() => port.destroy());
  // One that asks for the connection to be closed is no usual request.
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    send({ port: port.port, method, agent, headers: { "content-length": 0 } }, resolve)
      .on("error", reject)
      .end();
  });
  const text = Buffer.concat(await message.toArray()).toString();
  const { date: _date, connection: _connection, "keep-alive": _keepAlive, ...headers } = message.headers;
  return { status: message.statusCode, headers, text, trailers: message.trailers };
}

describe.each([
  ["Node's own", "GET"],
  ["to a usual request", "POST"],
])("a response that is %s", (_, method) => {
  test("headers that were set and those of the head go out together, the later ones first", async () => {
    const answer = await ask(method, (response) => {
      response.setHeader("x-first", "1");
      response.setHeader("x-both", "old");
      response.setHeader("vary", ["a", "b"]);
      response.writeHead(201, { "x-both": "new", "content-length": "2" });
      response.setHeader("x-late", "too late");
      expect([response.headersSent, response.writableEnded]).toEqual([true, false]);
      response.end("ok");
      expect(response.writableEnded).toBe(true);
    });
    expect(answer).toEqual({
      status: 201,
      headers: { "x-first": "1", "x-both": "new", vary: "a, b", "content-length": "2" },
      text: "ok",
      trailers: {},
    });
  });

  test.each([
    ["a body that comes whole", 503, "no", { "content-length": "2" }],
    ["no body", 200, undefined, { "content-length": "0" }],
    ["the status of no content", 204, undefined, {}],
  ])("an answer without a head of its own has the length of its body: %s", async (_, status, body, length) => {
    const answer = await ask(method, (response) => {
      response.statusCode = status;
      response.setHeader("x-set", "1");
      expect(response.headersSent).toBe(false);
      response.end(body);
    });
    expect(answer).toMatchObject({ status, text: body ?? "", headers: { "x-set": "1", ...length } });
  });

  test("bytes go out as they are written, and trailers after them", async () => {
    const answer = await ask(method, (response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("a");
      response.write(Buffer.from("b"));
      response.addTrailers({ "x-trailer": "end" });
      response.end("c");
    });
    expect(answer).toMatchObject({
      text: "abc",
      trailers: { "x-trailer": "end" },
      headers: { "transfer-encoding": "chunked" },
    });
  });

  test("bytes without a head take the headers that were set with them", async () => {
    const answer = await ask(method, (response) => {
      response.statusCode = 202;
      response.setHeader("x-set", "1");
      response.write("a");
      response.end();
    });
    expect(answer).toMatchObject({ status: 202, text: "a", headers: { "x-set": "1" } });
  });

  test("a header that could be read as two is not sent", async () => {
    const answer = await ask(method, (response) => {
      expect(() => {
        response.setHeader("x-bad", "1\r\nx-worse: 2");
        response.end("no");
      }).toThrow(TypeError);
      response.destroy();
    }).catch((error: unknown) => error);
    expect(answer).toMatchObject({ code: "ECONNRESET" });
  });

  test("an answer that has no body gets none", async () => {
    const answer = await ask(method, (response) => {
      response.statusCode = 204;
      response.end("body");
    });
    expect(answer).toMatchObject({ status: 204, text: "" });
  });

  test("many bytes at once come as they were", async () => {
    const bytes = Buffer.alloc(1_000_000, "0123456789");
    const answer = await ask(method, (response) => {
      response.on("error", () => {});
      expect(response.write(bytes)).toBe(false);
      response.on("drain", () => response.end(bytes));
    });
    expect(answer.text === bytes.toString().repeat(2)).toBe(true);
  });
});

test.each([
  ["a value that could be read as two", "x-bad", "1\r\nx-worse: 2"],
  ["a name that could be read as two", "x\r\nx-worse: 1\u010ay", "1"],
])("a response to a usual request takes no header with %s, and can still be another", async (_, name, value) => {
  const answer = await ask("POST", (response) => {
    expect(() => response.setHeader(name, value)).toThrow(TypeError);
    expect(() => response.writeHead(200, { [name]: value })).toThrow(TypeError);
    if ("addTrailers" in response) expect(() => response.addTrailers({ [name]: value })).toThrow(TypeError);
    expect(response.headersSent).toBe(false);
    response.statusCode = 500;
    response.end("sorry");
  });
  expect(answer).toMatchObject({ status: 500, text: "sorry", headers: { "content-length": "5" } });
});

test("a second end of a response to a usual request is told that it is too late", async () => {
  const second = Promise.withResolvers<unknown>();
  await ask("POST", (response) => {
    response.end("a");
    if (response instanceof UsualResponse) response.end("b", second.resolve);
  });
  expect(await second.promise).toBeInstanceOf(Error);
});

test("an answer to HEAD is its head alone", async () => {
  const answer = await ask("HEAD", (response) => {
    response.setHeader("x-set", "1");
    response.end("ok");
  });
  expect(answer).toMatchObject({ status: 200, text: "", headers: { "x-set": "1" } });
});
