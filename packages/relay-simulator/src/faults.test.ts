import { describe, expect, test } from "vitest";
import { parseFault } from "./parse-fault.js";
import type { RelaySimulator } from "./relay-simulator.js";
import { useSimulator } from "./testing/use-simulator.js";
import { at, chat, chunks, eventData, json, send, textOfStream, type WireAnswer } from "./testing/wire.js";

const start = useSimulator();
const stream = { stream: true, stream_options: { include_usage: true } };

/** Asks for a streamed or whole answer with a fault. */
function ask(simulator: RelaySimulator, fault: string, more: object = {}, signal?: AbortSignal): Promise<WireAnswer> {
  const wire = { body: chat({ model: `gpt-4.1+${fault}`, ...more }) };
  return send(simulator, signal === undefined ? wire : { ...wire, signal });
}

/** Asks, and leaves when the answer so far is as told. Gives what came until then. */
async function askAndLeave(
  simulator: RelaySimulator,
  fault: string,
  more: object,
  isEnough: (text: string) => boolean,
): Promise<WireAnswer> {
  const leaving = new AbortController();
  const onText = (text: string) => isEnough(text) && leaving.abort();
  return send(simulator, { body: chat({ model: `gpt-4.1+${fault}`, ...more }), signal: leaving.signal, onText });
}

const tokens = (text: string) => eventData(text).filter((data) => /"content":"[^"]/.test(data)).length;
const finishReasons = (text: string) => chunks(text).flatMap((chunk) => at(chunk, "choices", 0, "finish_reason") ?? []);

describe("status", () => {
  test.each<[string, number, object, string | undefined]>([
    ["status-400", 400, { type: "invalid_request_error", param: null, code: null }, undefined],
    ["status-401", 401, { code: "invalid_api_key" }, undefined],
    ["status-402", 402, { code: "insufficient_quota" }, undefined],
    ["status-404", 404, { code: "model_not_found" }, undefined],
    ["status-429", 429, { code: "rate_limit_exceeded" }, undefined],
    ["status-429;retry-after=2", 429, { code: "rate_limit_exceeded" }, "2"],
    ["status-503;retry-after-text=soon", 503, { code: "overloaded" }, "soon"],
    ["status-500", 500, { type: "server_error" }, undefined],
    [
      "status-418;code=teapot;message=short%20and%20stout",
      418,
      { code: "teapot", message: "short and stout" },
      undefined,
    ],
    ["context-length-exceeded", 400, { code: "context_length_exceeded", param: "messages" }, undefined],
    ["content-policy-violation", 400, { code: "content_policy_violation" }, undefined],
  ])("%s", async (fault, status, error, retryAfter) => {
    const simulator = await start();
    for (const more of [{}, stream]) {
      const answer = await ask(simulator, fault, more);
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["retry-after"]).toBe(retryAfter);
      expect(json(answer.text)["error"]).toMatchObject(error);
    }
    expect(simulator.calls.map((call) => call.status)).toEqual([status, status]);
  });

  test("Retry-After as a date", async () => {
    const answer = await ask(await start(), "status-429;retry-after-date=100");
    const date = answer.headers["retry-after"] ?? "";
    expect(new Date(date).toUTCString()).toBe(date);
    const delayMs = Date.parse(date) - Date.parse(answer.headers.date ?? "");
    expect(Math.abs(delayMs - 100_000)).toBeLessThanOrEqual(2_000);
  });

  test("other bodies", async () => {
    const simulator = await start();
    const html = await ask(simulator, "status-502;body=html");
    expect(html.headers["content-type"]).toBe("text/html");
    expect(html.text).toContain("<html>");
    expect((await ask(simulator, "status-502;body=empty")).text).toBe("");
    expect(await ask(simulator, "status-204")).toMatchObject({ status: 204, text: "" });
  });
});

test.each(["reset", "refused"])("%s, by a request: reset before the headers", async (fault) => {
  const simulator = await start();
  for (const more of [{}, stream]) {
    expect(await ask(simulator, fault, more)).toMatchObject({ status: 0, errorCode: "ECONNRESET" });
  }
  expect(simulator.calls.map((call) => [call.outcome, call.status])).toEqual([
    ["cut", 0],
    ["cut", 0],
  ]);
});

describe("cut", () => {
  test("stream: the tokens, then no end of the chunks", async () => {
    const simulator = await start();
    const answer = await ask(simulator, "cut;after=40", stream);
    expect(answer).toMatchObject({ status: 200, isComplete: false, errorCode: "ECONNRESET" });
    expect(tokens(answer.text)).toBe(40);
    expect(simulator.calls[0]).toMatchObject({ outcome: "cut", tokensSent: 40, fault: "cut", closedAtMs: undefined });
  });

  test("a longer answer than usual is made for it, unless the request limits it", async () => {
    const simulator = await start();
    expect(tokens((await ask(simulator, "cut;after=500", stream)).text)).toBe(500);
    const limited = await ask(simulator, "cut;after=500", { ...stream, max_tokens: 5 });
    expect(tokens(limited.text)).toBe(5);
    expect(finishReasons(limited.text)).toEqual([]);
    expect(limited.isComplete).toBe(false);
  });

  test("unary: half of the length that was promised", async () => {
    const answer = await ask(await start(), "cut");
    expect(answer).toMatchObject({ status: 200, isComplete: false });
    const promised = Number(answer.headers["content-length"]);
    expect(answer.text.length).toBeGreaterThan(0);
    expect(answer.text.length).toBeLessThan(promised * 0.6);
  });
});

test("silent: nothing comes, and the client's leaving is seen", async () => {
  const simulator = await start();
  for (const more of [{}, stream]) {
    const leaving = new AbortController();
    const answer = ask(simulator, "silent", more, leaving.signal);
    const call = await simulator.whenCalled(
      (candidate) => candidate.outcome === "open" && candidate.fault === "silent",
    );
    expect(simulator.openAnswers()).toBe(1);
    const leftAtMs = performance.now();
    leaving.abort();
    expect(await answer).toMatchObject({ status: 0, errorCode: "ABORT_ERR" });
    await simulator.waitUntilIdle(5_000);
    expect(call.outcome).toBe("client_closed");
    expect(call.closedAtMs).toBeGreaterThanOrEqual(leftAtMs);
  }
});

describe("slow-first-token", () => {
  test("stream: role and comments, and the answer after them", async () => {
    const answer = await ask(await start(), "slow-first-token;delay=60;keep-alive=10", stream);
    const comments = answer.text.split(": keep-alive\n\n").length - 1;
    expect(comments).toBeGreaterThanOrEqual(2);
    expect(answer.text.indexOf('"role"')).toBeLessThan(answer.text.indexOf(": keep-alive"));
    expect(answer.text.lastIndexOf(": keep-alive")).toBeLessThan(answer.text.search(/"content":"[^"]/));
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  test("stream: the default is longer than any patience", async () => {
    const answer = await askAndLeave(await start(), "slow-first-token", stream, (text) => text.includes(": keep"));
    expect(answer.status).toBe(200);
    expect(tokens(answer.text)).toBe(0);
  });

  test("unary: whole, later", async () => {
    const startMs = performance.now();
    const answer = await ask(await start(), "slow-first-token;delay=60");
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(55);
    expect(json(answer.text)["object"]).toBe("chat.completion");
  });
});

test("stall: tokens, or half of a body, and then silence", async () => {
  const simulator = await start();
  const streamed = await askAndLeave(simulator, "stall;after=4", stream, (text) => tokens(text) === 4);
  expect(streamed).toMatchObject({ isComplete: false });
  await simulator.waitUntilIdle(5_000);
  const whole = await askAndLeave(simulator, "stall", {}, (text) => text.length > 0);
  expect(whole.text.length).toBeLessThan(Number(whole.headers["content-length"]));
  await simulator.waitUntilIdle(5_000);
  expect(simulator.calls.map((call) => call.outcome)).toEqual(["client_closed", "client_closed"]);
  expect(simulator.calls[0]?.tokensSent).toBe(4);
});

test("malformed-json: a proper end, and no JSON anywhere", async () => {
  const simulator = await start();
  const whole = await ask(simulator, "malformed-json");
  expect(whole).toMatchObject({ status: 200, isComplete: true });
  expect(() => JSON.parse(whole.text)).toThrow(SyntaxError);
  const streamed = await ask(simulator, "malformed-json", stream);
  const events = eventData(streamed.text);
  expect(events.pop()).toBe("[DONE]");
  expect(events.length).toBeGreaterThan(10);
  for (const event of events) {
    expect(() => JSON.parse(event)).toThrow(SyntaxError);
  }
});

test.each([
  ["malformed-event", undefined],
  ["malformed-event;after=2", 2],
])("%s: one bad event among the others", async (fault, place) => {
  const simulator = await start();
  const good = await ask(simulator, "no-done", stream);
  const events = eventData((await ask(simulator, fault, stream)).text);
  expect(events.pop()).toBe("[DONE]");
  const bad = events.filter((event) => !isJson(event));
  expect(bad).toHaveLength(1);
  expect(events.length - 1).toBe(eventData(good.text).length);
  // The role comes before the tokens.
  expect(events.findIndex((event) => !isJson(event))).toBe(1 + (place ?? Math.floor(tokens(good.text) / 2)));
  const rest = events
    .filter(isJson)
    .map((event) => `data: ${event}\n\n`)
    .join("");
  expect(textOfStream(rest)).toBe(textOfStream(good.text));
});

test("no-done: all but [DONE], and a proper end", async () => {
  const answer = await ask(await start(), "no-done", stream);
  expect(answer.isComplete).toBe(true);
  expect(answer.text).not.toContain("[DONE]");
  expect(finishReasons(answer.text)).toEqual(["stop"]);
  expect(chunks(answer.text).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
});

test("no-finish-reason: [DONE], and no reason anywhere", async () => {
  const simulator = await start();
  const streamed = await ask(simulator, "no-finish-reason", stream);
  expect(streamed.text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect(finishReasons(streamed.text)).toEqual([]);
  expect(at(json((await ask(simulator, "no-finish-reason")).text), "choices", 0, "finish_reason")).toBeNull();
});

describe("huge-line", () => {
  test("stream: one line of that size, valid, and the answer after it", async () => {
    const answer = await ask(await start(), "huge-line;bytes=1000000", stream);
    const lengths = eventData(answer.text).map((event) => event.length);
    expect(lengths.filter((length) => length > 1_000_000)).toHaveLength(1);
    expect(textOfStream(answer.text).length).toBeGreaterThan(1_000_000);
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  test("unary: one body of that size, valid", async () => {
    const answer = await ask(await start(), "huge-line;bytes=1000000");
    expect(answer.text.length).toBeGreaterThan(1_000_000);
    expect(json(answer.text)["object"]).toBe("chat.completion");
  });

  test("it is written no faster than it is read, and stops when the client leaves", async () => {
    const simulator = await start();
    for (const more of [{}, stream]) {
      const answer = await askAndLeave(simulator, "huge-line;bytes=999999999", more, (text) => text.length > 100_000);
      expect(answer.text.length).toBeLessThan(20_000_000);
      await simulator.waitUntilIdle(5_000);
      expect(simulator.calls.at(-1)?.outcome).toBe("client_closed");
    }
  });
});

test("error-body: 200 with an error", async () => {
  const simulator = await start();
  for (const more of [{}, stream]) {
    const answer = await ask(simulator, "error-body;code=boom", more);
    expect(answer).toMatchObject({ status: 200, isComplete: true });
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(json(answer.text)["error"]).toMatchObject({ type: "server_error", code: "boom" });
  }
});

test.each([
  ["error-event", 0],
  ["error-event;after=3", 3],
])("%s: an error in the stream, and nothing after it", async (fault, count) => {
  const simulator = await start();
  const answer = await ask(simulator, fault, stream);
  expect(answer).toMatchObject({ status: 200, isComplete: true });
  expect(tokens(answer.text)).toBe(count);
  expect(at(chunks(answer.text).at(-1), "error", "type")).toBe("server_error");
  expect(answer.text).not.toContain("[DONE]");
  expect(at(json((await ask(simulator, fault)).text), "error", "type")).toBe("server_error");
});

test("wrong-content-type: 200 with a page", async () => {
  const simulator = await start();
  for (const more of [{}, stream]) {
    const answer = await ask(simulator, "wrong-content-type", more);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.text).toContain("<html>");
  }
});

test("reject-prefill: 400 for a request that ends with the assistant, an answer for any other", async () => {
  const simulator = await start();
  const messages = [
    { role: "user", content: "Count to ten" },
    { role: "assistant", content: "One, two, " },
  ];
  for (const more of [{}, stream]) {
    const refused = await ask(simulator, "reject-prefill", { ...more, messages });
    expect(refused.status).toBe(400);
    expect(at(json(refused.text), "error", "message")).toContain("prefill");
    expect((await ask(simulator, "reject-prefill", more)).status).toBe(200);
  }
});

test("no-usage: everything else", async () => {
  const simulator = await start();
  const streamed = await ask(simulator, "no-usage", stream);
  expect(streamed.text).not.toContain("usage");
  expect(finishReasons(streamed.text)).toEqual(["stop"]);
  expect(json((await ask(simulator, "no-usage")).text)).not.toHaveProperty("usage");
});

test("hang-after-finish: all is there, and it does not end", async () => {
  const simulator = await start();
  const streamed = await askAndLeave(simulator, "hang-after-finish", stream, (text) => text.includes('"choices":[]'));
  expect(streamed).toMatchObject({ isComplete: false });
  expect(streamed.text).not.toContain("[DONE]");
  expect(finishReasons(streamed.text)).toEqual(["stop"]);
  const whole = await askAndLeave(simulator, "hang-after-finish", {}, isJson);
  expect(whole.isComplete).toBe(false);
  expect(json(whole.text)["object"]).toBe("chat.completion");
});

describe("how a fault is chosen", () => {
  test("the suffix, then the header, then the rules", async () => {
    const simulator = await start({ faults: [{ fault: parseFault("status-500"), times: 1 }] });
    const headers = { "x-simulate-fault": "status-501" };
    const statuses = [
      await send(simulator, { body: chat({ model: "gpt-4.1+status-502" }), headers }),
      await send(simulator, { body: chat(), headers }),
      await send(simulator, { body: chat() }),
      await send(simulator, { body: chat() }),
    ].map((answer) => answer.status);
    expect(statuses).toEqual([502, 501, 500, 200]);
    expect(simulator.calls.map((call) => call.fault)).toEqual(["status-502", "status-501", "status-500", undefined]);
  });

  test("a fault that does not read is told, not ignored", async () => {
    const simulator = await start();
    for (const wire of [
      { body: chat({ model: "gpt-4.1+bang" }) },
      { body: chat(), headers: { "x-simulate-fault": "bang" } },
    ]) {
      const answer = await send(simulator, wire);
      expect(answer.status).toBe(400);
      expect(json(answer.text)["error"]).toMatchObject({
        message: 'Simulator: unknown fault "bang"',
        code: "invalid_fault",
      });
    }
  });

  test("the answer names the base model, and a model's own plus sign is no fault", async () => {
    const simulator = await start({ models: [{ id: "a" }, { id: "a+b" }] });
    const model = async (name: string) => json((await send(simulator, { body: chat({ model: name }) })).text)["model"];
    expect(await model("a+no-usage")).toBe("a");
    expect(await model("a+b")).toBe("a+b");
    expect(await model("a+b+no-usage")).toBe("a+b");
    expect(simulator.calls.map((call) => call.model)).toEqual(["a", "a+b", "a+b"]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
