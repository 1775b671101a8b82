import { once } from "node:events";
import { Agent } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { parseFault } from "./parse-fault.js";
import { useSimulator } from "./testing/use-simulator.js";
import { at, chat, json, send } from "./testing/wire.js";

const start = useSimulator();

describe("what is refused, in OpenAI's form", () => {
  test.each<[string, Parameters<typeof send>[1], number, object]>([
    ["no key", { body: chat(), headers: { authorization: "" } }, 401, { type: "invalid_request_error" }],
    [
      "another scheme",
      { body: chat(), headers: { authorization: "Basic eA==" } },
      401,
      { type: "invalid_request_error" },
    ],
    [
      "a wrong key",
      { body: chat(), headers: { authorization: "Bearer wrong-1234" } },
      401,
      { code: "invalid_api_key", message: "Incorrect API key provided: ****1234." },
    ],
    ["an unknown model", { body: chat({ model: "none" }) }, 404, { code: "model_not_found", param: "model" }],
    ["no model", { body: { messages: [] } }, 400, { param: "model" }],
    ["invalid JSON", { body: "{" }, 400, { type: "invalid_request_error" }],
    ["JSON that is no object", { body: "[]" }, 400, { type: "invalid_request_error" }],
    ["no body", { method: "POST" }, 400, { type: "invalid_request_error" }],
    ["no messages", { body: chat({ messages: [] }) }, 400, { param: "messages" }],
    ["a message without a role", { body: chat({ messages: [{ content: "x" }] }) }, 400, { param: "messages[0].role" }],
    ["n of 0", { body: chat({ n: 0 }) }, 400, { param: "n" }],
    ["max_tokens of -1", { body: chat({ max_tokens: -1 }) }, 400, { param: "max_tokens" }],
    [
      "a schema that is missing",
      { body: chat({ response_format: { type: "json_schema" } }) },
      400,
      { param: "response_format.json_schema" },
    ],
    ["a body too large", { body: chat({ padding: "x".repeat(10_000) }) }, 413, { code: "request_too_large" }],
    [
      "a prompt too long",
      { body: chat({ messages: [{ role: "user", content: "x".repeat(8_000) }] }) },
      400,
      { code: "context_length_exceeded" },
    ],
    ["another path", { path: "/v1/embeddings", body: {} }, 404, { code: "unknown_url" }],
    ["another method", { method: "DELETE" }, 405, { code: "method_not_allowed" }],
  ])("%s", async (_, wire, status, error) => {
    const simulator = await start({
      apiKeys: ["test"],
      maxBodyBytes: 9_000,
      models: [{ id: "gpt-4.1", contextTokens: 1_000 }],
    });
    const answer = await send(simulator, wire);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(json(answer.text)["error"]).toMatchObject(error);
    expect(Object.keys(Object(json(answer.text)["error"]))).toEqual(["message", "type", "param", "code"]);
    expect(simulator.calls[0]?.status).toBe(status);
  });
});

describe("models", () => {
  test("the list, without suffixes, and one of them", async () => {
    const simulator = await start();
    const list = json((await send(simulator, { path: "/v1/models" })).text);
    expect(list).toMatchObject({ object: "list", data: [{ id: "gpt-4.1", object: "model" }, {}, {}, {}] });
    expect(JSON.parse((await send(simulator, { path: "/v1/models/gpt-4.1" })).text)).toEqual(at(list, "data", 0));
    expect((await send(simulator, { path: "/v1/models/none" })).status).toBe(404);
    expect((await send(simulator, { path: "/v1/models", headers: { authorization: "" } })).status).toBe(401);
  });

  test("HEAD has the headers and no body", async () => {
    const answer = await send(await start(), { method: "HEAD", path: "/v1/models" });
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(100);
  });

  test("faults of their own: rules for models, and the header", async () => {
    const simulator = await start({
      faults: [{ fault: parseFault("status-500") }, { fault: parseFault("status-503"), endpoint: "models" }],
    });
    expect((await send(simulator, { path: "/v1/models" })).status).toBe(503);
    const headers = { "x-simulate-fault": "reset" };
    expect((await send(simulator, { path: "/v1/models", headers })).errorCode).toBe("ECONNRESET");
  });
});

test("keys are switched while it runs", async () => {
  const simulator = await start({ apiKeys: ["old"] });
  const status = async () => (await send(simulator, { path: "/v1/models" })).status;
  expect(await status()).toBe(401);
  simulator.setApiKeys(["test", "old"]);
  expect(await status()).toBe(200);
  simulator.reset();
  expect(await status()).toBe(401);
});

test("requests a minute: 429 with Retry-After, for each model by itself", async () => {
  const simulator = await start({
    models: [
      { id: "gpt-4.1", requestsPerMinute: 2 },
      { id: "other", requestsPerMinute: 2 },
    ],
  });
  const first = await send(simulator, { body: chat() });
  expect(first.headers).toMatchObject({ "x-ratelimit-limit-requests": "2", "x-ratelimit-remaining-requests": "1" });
  await send(simulator, { body: chat() });
  const refused = await send(simulator, { body: chat() });
  expect(refused.status).toBe(429);
  expect(json(refused.text)["error"]).toMatchObject({ code: "rate_limit_exceeded" });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(refused.headers["x-ratelimit-remaining-requests"]).toBe("0");
  expect((await send(simulator, { body: chat({ model: "other" }) })).status).toBe(200);
  simulator.reset();
  expect((await send(simulator, { body: chat() })).status).toBe(200);
});

describe("time", () => {
  test("latency by model and region", async () => {
    const models = [{ id: "gpt-4.1", latencyMs: 20, regionLatencyMs: { ID: 60 } }, { id: "other" }];
    const simulator = await start({ models, regionLatencyMs: { VN: 60 } });
    const durationMs = async (model: string, country: string) => {
      const startMs = performance.now();
      await send(simulator, { body: chat({ model }), headers: { "x-edge-region": country } });
      return performance.now() - startMs;
    };
    // Timers may fire a millisecond early; how late they are says nothing.
    expect(await durationMs("gpt-4.1", "KR")).toBeGreaterThanOrEqual(18);
    expect(await durationMs("gpt-4.1", "ID")).toBeGreaterThanOrEqual(78);
    expect(await durationMs("other", "VN")).toBeGreaterThanOrEqual(58);
  });

  test("a token rate", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", tokensPerSecond: 500, answerTokens: 31 }] });
    for (const stream of [true, false]) {
      const startMs = performance.now();
      await send(simulator, { body: chat({ stream }) });
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(58);
    }
  });
});

describe("a client that leaves", () => {
  test("a paced stream stops, and the time is known", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", tokensPerSecond: 50, answerTokens: 10_000 }] });
    const leaving = new AbortController();
    const answer = send(simulator, { body: chat({ stream: true }), signal: leaving.signal });
    const call = await simulator.whenCalled(({ tokensSent }) => tokensSent > 0);
    const leftAtMs = performance.now();
    leaving.abort();
    await answer;
    await simulator.waitUntilIdle(5_000);
    expect(call.outcome).toBe("client_closed");
    expect(call.closedAtMs).toBeGreaterThanOrEqual(leftAtMs);
    expect(call.tokensSent).toBeLessThan(1_000);
  });

  test("one that does not read holds the stream back", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", answerTokens: 200_000 }] });
    const port = Number(new URL(simulator.origin).port);
    const socket = connect({ port, host: "127.0.0.1" });
    socket.pause();
    const body = JSON.stringify(chat({ stream: true }));
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const call = await simulator.whenCalled(({ status }) => status === 200);
    // All of the answer is 40 MB; what the sockets' buffers take is far less, and then nothing moves.
    let before = -1;
    while (call.tokensSent !== before) {
      before = call.tokensSent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(call.outcome).toBe("open");
    expect(call.tokensSent).toBeLessThan(150_000);
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.resume();
    await simulator.waitUntilIdle(20_000);
    expect(call).toMatchObject({ outcome: "answered", tokensSent: 200_000 });
    socket.destroy();
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  test("one that leaves within its request is seen too", async () => {
    const simulator = await start();
    const socket = connect({ port: Number(new URL(simulator.origin).port), host: "127.0.0.1" });
    socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await once(socket, "connect");
    while (simulator.openAnswers() === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.destroy();
    const call = await simulator.whenCalled(({ outcome }) => outcome === "client_closed");
    expect(call.body).toBeUndefined();
  });
});

describe("refusing connections", () => {
  test("the port refuses, and comes back", async () => {
    const simulator = await start();
    const agent = new Agent({ keepAlive: true });
    expect((await send(simulator, { body: chat(), agent })).status).toBe(200);
    await simulator.refuseConnections(true);
    // Not even over the connection that was kept.
    await expect.poll(() => simulator.openSockets()).toBe(0);
    expect(await send(simulator, { body: chat(), agent })).toMatchObject({ status: 0, errorCode: "ECONNREFUSED" });
    await simulator.refuseConnections(true);
    await simulator.refuseConnections(false);
    expect((await send(simulator, { body: chat(), agent })).status).toBe(200);
    agent.destroy();
  });

  test("an answer under way is finished first", async () => {
    const simulator = await start({ models: [{ id: "gpt-4.1", latencyMs: 50 }] });
    const agent = new Agent({ keepAlive: true });
    const answer = send(simulator, { body: chat(), agent });
    await simulator.whenCalled(() => true);
    await simulator.refuseConnections(true);
    expect((await answer).status).toBe(200);
    await expect.poll(() => simulator.openSockets()).toBe(0);
    agent.destroy();
  });

  test("as a rule, until it is taken away", async () => {
    const simulator = await start({ faults: [{ fault: parseFault("refused") }] });
    const answer = () => send(simulator, { body: chat() });
    expect((await answer()).errorCode).toBe("ECONNREFUSED");
    simulator.setFaults([]);
    await expect.poll(async () => (await answer()).status).toBe(200);
    simulator.setFaults([{ fault: parseFault("refused;for=50") }]);
    expect((await answer()).errorCode).toBe("ECONNREFUSED");
    await expect.poll(async () => (await answer()).status).toBe(200);
  });

  test("switched to and fro without waiting, the last word counts", async () => {
    const simulator = await start();
    await Promise.all([true, false, true, false].map((refuse) => simulator.refuseConnections(refuse)));
    expect((await send(simulator, { body: chat() })).status).toBe(200);
    await Promise.all([true, false, true].map((refuse) => simulator.refuseConnections(refuse)));
    expect((await send(simulator, { body: chat() })).errorCode).toBe("ECONNREFUSED");
  });
});

test("close breaks what is open and leaves nothing", async () => {
  const simulator = await start();
  const answers = ["silent", "stall"].map((fault) =>
    send(simulator, { body: chat({ model: `gpt-4.1+${fault}`, stream: true }) }),
  );
  await Promise.all([
    simulator.whenCalled((call) => call.fault === "silent"),
    simulator.whenCalled((call) => call.fault === "stall"),
  ]);
  const never = simulator.whenCalled(() => false);
  const rejected = expect(never).rejects.toThrow("closed");
  await simulator.close();
  await rejected;
  expect((await Promise.all(answers)).every((answer) => !answer.isComplete)).toBe(true);
  expect(simulator.calls.map((call) => call.outcome)).toEqual(["cut", "cut"]);
  expect((await send(simulator, { body: chat() })).errorCode).toBe("ECONNREFUSED");
});

test("a taken port is told", async () => {
  const simulator = await start();
  await expect(start({ port: Number(new URL(simulator.origin).port) })).rejects.toThrow("EADDRINUSE");
});

describe("the log", () => {
  test("calls are bounded, the total is not", async () => {
    const simulator = await start({ maxCalls: 2 });
    for (const model of ["gpt-4.1", "deepseek-v3.2", "none"]) {
      await send(simulator, { body: chat({ model }) });
    }
    expect(simulator.calls.map((call) => call.model)).toEqual(["deepseek-v3.2", "none"]);
    expect(simulator.totalCalls()).toBe(3);
    simulator.reset();
    expect([simulator.calls.length, simulator.totalCalls()]).toEqual([0, 0]);
  });

  test("a call has what was sent, and a line is written when it ends", async () => {
    const lines: object[] = [];
    const simulator = await start({ log: (line) => lines.push(line) });
    const body = JSON.stringify(chat());
    await send(simulator, { path: "/v1/chat/completions?x=1", body, headers: { "X-Edge-Region": "ID" } });
    expect(simulator.calls[0]).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions?x=1",
      headers: { authorization: "Bearer test", "x-edge-region": "ID" },
      body: JSON.parse(body),
      rawBody: body,
      status: 200,
      outcome: "answered",
    });
    expect(lines).toMatchObject([{ status: 200, outcome: "answered", model: "gpt-4.1" }]);
    expect(JSON.stringify(lines)).not.toContain("Bearer");
  });

  test("waiting has a limit, by time or signal", async () => {
    const simulator = await start();
    await simulator.waitUntilIdle(0);
    const leaving = new AbortController();
    const answer = send(simulator, { body: chat({ model: "gpt-4.1+silent" }), signal: leaving.signal });
    await simulator.whenCalled((call) => call.fault === "silent");
    await expect(simulator.waitUntilIdle(1)).rejects.toThrow("Not idle after 1 ms: POST /v1/chat/completions silent");
    await expect(simulator.waitUntilIdle(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    await expect(simulator.whenCalled(() => false, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    leaving.abort();
    await answer;
  });
});

test("connections are kept alive", async () => {
  const simulator = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; count < 5; count++) {
    const answer = await send(simulator, { body: chat({ stream: count % 2 === 0 }), agent });
    expect(answer.headers.connection).toBe("keep-alive");
  }
  expect(simulator.openSockets()).toBe(1);
  agent.destroy();
});
