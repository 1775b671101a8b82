import { once } from "node:events";
import { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { collectGarbage } from "../testing/collect-garbage.js";
import { openSocket } from "../testing/open-socket.js";
import { whenRead } from "../testing/when-read.js";
import { openPort } from "./one-port.js";
import { defaultPortLimits, type PortLimits } from "./port-limits.js";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";
import { UsualResponse } from "./usual-exchange.js";

const address = { host: "127.0.0.1", port: 0, tls: undefined };
const post = (path: string, body = path) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

type Listener = (request: HttpRequest, response: HttpResponse) => void;

/** Tells what was asked, and whether it was read here or by Node. */
const tell: Listener = (request, response) =>
  whenRead(request, (body) => {
    const reader = "body" in request ? "here" : "Node";
    respond(response, 200, { reader, url: request.url, body: body.toString() });
  });

async function start(listener: Listener = tell, limits: Partial<PortLimits> = {}) {
  const port = await openPort(address, listener, { ...defaultPortLimits, ...limits });
  onTestFinished(() => port.destroy());
  return port;
}

/** The JSON that came, answer by answer. */
const answersIn = (text: string): unknown[] =>
  [...text.matchAll(/\r\n\r\n(\{.*?\})/g)].map(([, json = ""]) => JSON.parse(json));

/** Resolves once so many answers have come. */
function answered(socket: ReturnType<typeof openSocket>["socket"]) {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  return (count: number) => expect.poll(() => answersIn(text)).toHaveLength(count);
}

test("answers usual requests one after the other on a connection that is kept", async () => {
  const port = await start();
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/1"));
  await hasAnswers(1);
  socket.write("POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n/2\r\n0\r\n\r\n");
  await hasAnswers(2);
  socket.end();
  expect(await text).toMatch(
    /^HTTP\/1\.1 200 OK\r\n(.+\r\n)*date: \w{3}, .+ GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=75\r\n/,
  );
  expect(answersIn(await text)).toEqual([
    { reader: "here", url: "/1", body: "/1" },
    { reader: "here", url: "/2", body: "/2" },
  ]);
});

test("answers requests that come back to back in their order, and begins none before the one before it is answered", async () => {
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const port = await start((request, response) => {
    begun.push(request.url ?? "");
    finish.push(() => tell(request, response));
  });
  const { socket, text } = openSocket(port.port);
  const [third, thirdRest] = [post("/3").slice(0, 30), post("/3").slice(30)];
  socket.write(post("/1") + post("/2") + third);
  await expect.poll(() => begun).toEqual(["/1"]);
  socket.write(thirdRest);
  finish[0]?.();
  await expect.poll(() => begun).toEqual(["/1", "/2"]);
  finish[1]?.();
  await expect.poll(() => begun).toEqual(["/1", "/2", "/3"]);
  finish[2]?.();
  socket.end();
  expect(answersIn(await text)).toMatchObject([{ url: "/1" }, { url: "/2" }, { url: "/3" }]);
});

test("holds back a caller that sends much more before it is answered", async () => {
  let finish = () => {};
  let answeredBytes = 0;
  let mostRead = 0;
  const port = await start((request, response) => {
    const { url, socket } = request;
    if (url === "/first") finish = () => tell(request, response);
    else respond(response, 200);
    if (socket instanceof Socket) mostRead = Math.max(mostRead, socket.bytesRead - answeredBytes);
    answeredBytes += url === "/first" ? 0 : 50_000;
  });
  const { socket, text } = openSocket(port.port);
  let answers = 0;
  socket.on("data", (chunk: Buffer) => {
    answers += chunk.toString("latin1").split("HTTP/1.1 200").length - 1;
  });
  socket.write(post("/first"));
  // No more than Node would take, should one of them be cut in its head.
  const requests = Array.from({ length: 90 }, (_, index) => post(`/${index}`, "x".repeat(50_000)));
  socket.write(requests.join(""));
  await expect.poll(() => mostRead).toBeGreaterThan(0);
  await delay(50);
  finish();
  await expect.poll(() => answers).toBe(1 + requests.length);
  socket.end();
  await text;
  // What was read before it was held back, and as much as is read at once.
  expect(mostRead).toBeLessThan(200_000);
});

test.for([
  ["in its head", post("/1").slice(0, 20), post("/1").slice(20), "Node"],
  ["in its body", post("/1").slice(0, -1), "1", "here"],
  ["in a chunk", "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n/", "1\r\n0\r\n\r\n", "here"],
] as const)("answers a request that was cut %s", async ([, first, second, reader]) => {
  const port = await start();
  const { socket, text } = openSocket(port.port);
  socket.setNoDelay(true).write(first);
  await delay(20);
  socket.write(second);
  await answered(socket)(1);
  socket.end();
  expect(answersIn(await text)).toEqual([{ reader, url: "/1", body: "/1" }]);
});

test("leaves the rest of a request to Node that does not come soon", async () => {
  const port = await start();
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/0") + post("/1").slice(0, -1));
  await hasAnswers(1);
  await delay(200);
  socket.write("1");
  await hasAnswers(2);
  socket.end();
  expect(answersIn(await text)).toMatchObject([{ reader: "here" }, { reader: "Node", url: "/1", body: "/1" }]);
});

test.for([
  ["another method", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", { body: "" }],
  ["something to expect", post("/1").replace("\r\n", "\r\nExpect: 100-continue\r\n"), { body: "/1" }],
  ["a body that is large", post("/1", "x".repeat(100_000)), { body: "x".repeat(100_000) }],
] as const)("leaves a connection to Node with a request that has %s", async ([, request, answer]) => {
  const port = await start();
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/0") + request + post("/2"));
  await hasAnswers(3);
  socket.end();
  expect(answersIn(await text)).toMatchObject([
    { reader: "here", url: "/0" },
    { reader: "Node", url: "/1", ...answer },
    { reader: "Node", url: "/2" },
  ]);
});

test("leaves to Node what is no HTTP", async () => {
  const port = await start();
  const { socket, text } = openSocket(port.port);
  socket.write(`${post("/0")}POST nonsense\r\n\r\n`);
  expect(await text).toMatch(/^HTTP\/1.1 200 OK.*HTTP\/1.1 400 Bad Request\r\n/s);
});

test("closes a connection after an answer that says so", async () => {
  const port = await start((_request, response) => {
    response.setHeader("connection", "close");
    respond(response, 200, {});
  });
  const { socket, text } = openSocket(port.port);
  socket.write(post("/1") + post("/2"));
  expect(answersIn(await text)).toHaveLength(1);
  expect(await text).not.toContain("keep-alive");
});

test("an answer that is on its way can do nothing to the next one of its connection", async () => {
  const responses: HttpResponse[] = [];
  const port = await start((request, response) => {
    responses.push(response);
    if (request.url === "/1") tell(request, response);
    else {
      responses[0]?.destroy();
      responses[0]?.write("late");
      responses[0]?.end("late");
      tell(request, response);
    }
  });
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/1") + post("/2"));
  await hasAnswers(2);
  socket.end();
  expect(await text).not.toContain("late");
});

test("keeps nothing of a request but what is asked of it", async () => {
  const ids: unknown[] = [];
  const port = await start((request, response) => {
    if ("body" in request) ids.push(request.headers["x-request-id"]);
    respond(response, 200);
  });
  const { socket, text } = openSocket(port.port);
  const heapBytes = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = heapBytes();
  const padding = `X-Padding: ${"x".repeat(10_000)}\r\n`;
  for (let index = 0; index < 500; index++) {
    socket.write(post("/").replace("\r\n", `\r\nX-Request-Id: request-number-${index}\r\n${padding}`));
    await once(socket, "data");
  }
  expect(ids).toHaveLength(500);
  expect((heapBytes() - before) / ids.length).toBeLessThan(4_000);
  socket.end();
  await text;
});

test("closes a connection that is idle for too long, and none that is answered", async () => {
  const port = await start(
    (request, response) => {
      if (request.url === "/slow") setTimeout(tell, 500, request, response);
      else tell(request, response);
    },
    { keepAliveMs: 300 },
  );
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/slow"));
  await hasAnswers(1);
  socket.write(post("/fast"));
  const answeredAtMs = performance.now();
  await text;
  expect(answersIn(await text)).toMatchObject([{ url: "/slow" }, { url: "/fast" }]);
  // A second more than the caller is told.
  expect(performance.now() - answeredAtMs).toBeGreaterThan(1_000);
});

test("stopAccepting closes idle connections, and takes a call before that", async () => {
  const port = await start(tell, { noticeMs: 200 });
  const { socket, text } = openSocket(port.port);
  const hasAnswers = answered(socket);
  socket.write(post("/1"));
  await hasAnswers(1);
  const stopped = port.stopAccepting();
  socket.write(post("/2"));
  await stopped;
  expect(answersIn(await text)).toHaveLength(2);
});

test.for(["goes", "closes its half"] as const)("tells of a caller that %s before it is answered", async (how) => {
  const gone = Promise.withResolvers<{ readonly isEnded: boolean; readonly isDestroyed: boolean }>();
  const { promise: hasCall, resolve: onCall } = Promise.withResolvers<HttpResponse>();
  const port = await start((_request, response) => {
    response.on("close", () => gone.resolve({ isEnded: response.writableEnded, isDestroyed: response.destroyed }));
    response.on("error", () => {});
    onCall(response);
  });
  const { socket, text } = openSocket(port.port);
  socket.write(post("/1") + post("/2"));
  const response = await hasCall;
  if (how === "goes") socket.destroy();
  else socket.end();
  expect(await gone.promise).toEqual({ isEnded: false, isDestroyed: true });
  // Does nothing any more.
  response.write("late");
  const taken = new Promise((resolve) => {
    if (response instanceof UsualResponse) response.end("too late", resolve);
  });
  expect(await taken).toBeInstanceOf(Error);
  await text;
  await expect.poll(port.connections).toBe(0);
});

test("says that an answer has closed once it is on its way, and only once", async () => {
  const events: string[] = [];
  const port = await start((_request, response) => {
    response.on("close", () => events.push("close"));
    response.write("a");
    response.end("b");
    response.end("c");
    events.push("ended");
  });
  const { socket, text } = openSocket(port.port);
  socket.end(post("/1"));
  expect(await text).toMatch(/\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/);
  expect(events).toEqual(["ended", "close"]);
});
