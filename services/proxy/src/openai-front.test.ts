import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { parseFault } from "@meridian/relay-simulator";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { chatCalls, lastChatCall } from "./testing/chat-calls.js";
import { shortLimits } from "./testing/short-limits.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const chat = { model: "gpt-4.1", messages: [{ role: "user", content: "Tell me about Jakarta" }] };
const aliases = "routing: { aliases: { gpt-4o: auto, fast: deepseek-v3.2 } }";
const target = useTestProxy({ yaml: `${shortLimits}\nserver: { maxMessageBytes: 65536 }\n${aliases}` });
/** One that sends comments before every first token but the quickest. */
const chatty = useTestProxy({ yaml: `${shortLimits}\nserver: { openai: { keepAliveMs: 40 } }` });

beforeEach(() => {
  for (const { relay } of [target(), chatty()]) relay.setFaults([]);
});

const fault = (text: string, times = 1, { relay } = target()) => relay.setFaults([{ fault: parseFault(text), times }]);

function post(
  body: object | string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
  { proxy } = target(),
): Promise<Response> {
  return fetch(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The events of a stream: each chunk as JSON, "[DONE]", and comments with their colon. */
async function eventsOf(response: Response): Promise<readonly unknown[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      const data = event.replace(/^data: /, "");
      return data.startsWith("{") ? JSON.parse(data) : data;
    });
}

const contentOf = (events: readonly unknown[]) =>
  JSON.parse(JSON.stringify(events))
    .map((event: { choices?: { delta: { content?: string } }[] }) => event.choices?.[0]?.delta.content ?? "")
    .join("");

test("a whole answer, with its headers", async () => {
  const response = await post(chat, { "x-request-id": "r-1", "cf-ipcountry": "ID" });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ object: "chat.completion", model: "gpt-4.1", choices: [{ index: 0 }] });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/json",
    "x-request-id": "r-1",
    "x-model-routed": "gpt-4.1",
    "x-region-code": "ID",
    "x-meridian-attempts": "1",
    "x-meridian-cost-nano-usd": expect.stringMatching(/^[1-9]\d+$/),
    "x-edge-latency-ms": expect.stringMatching(/^\d+$/),
  });
  const { model, temperature, max_tokens } = lastChatCall(target().relay).body as Record<string, unknown>;
  expect({ model, temperature, max_tokens }).toEqual({ model: "gpt-4.1", temperature: 0.3, max_tokens: 256 });
});

test("an alias routes, and one of a model pins it", async () => {
  const routed = await post({ ...chat, model: "gpt-4o", messages: [{ role: "user", content: "Explain why" }] });
  expect(routed.headers.get("x-model-routed")).toBe("gpt-4.1");
  expect((await post({ ...chat, model: "fast" })).headers.get("x-model-routed")).toBe("deepseek-v3.2");
});

test("a list of models is a chain of fallbacks", async () => {
  fault("status-503", 2);
  const response = await post({ ...chat, model: "gpt-4.1,deepseek-v3.2", meridian: { report: true } });
  const body = await response.json();
  expect(body).toMatchObject({ model: "deepseek-v3.2", meridian: { model: "deepseek-v3.2" } });
  expect(response.headers.get("x-meridian-attempts")).toBe("3");
});

test("a limit a minute is told", async () => {
  const { headers } = await post({ ...chat, model: "deepseek-v3.2" });
  expect(headers.get("x-ratelimit-limit-requests")).toBe("1200");
  expect(headers.get("x-ratelimit-remaining-requests")).toMatch(/^\d+$/);
  expect(headers.get("x-ratelimit-reset-requests")).toMatch(/^[\d.]+(ms|s)$/);
});

describe("a stream", () => {
  const streamed = { ...chat, stream: true };

  test("ends with usage where it is asked for, and with [DONE]", async () => {
    const response = await post({ ...streamed, stream_options: { include_usage: true } });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-meridian-attempts")).toBe("1");
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe("[DONE]");
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(contentOf(events)).toContain("Jakarta");
  });

  test("has comments until its first token, and then its answer", async () => {
    fault("slow-first-token;delay=200", 1, chatty());
    const response = await post(streamed, {}, undefined, chatty());
    const events = await eventsOf(response);
    expect(events[0]).toBe(": keep-alive");
    expect(events.filter((event) => event === ": keep-alive").length).toBeGreaterThan(1);
    expect(events.at(-1)).toBe("[DONE]");
    expect(contentOf(events)).toContain("Jakarta");
    expect(response.headers.get("x-model-routed")).toBe("gpt-4.1");
  });

  test("that fails before anything was sent has the status of its failure", async () => {
    fault("status-503", 10);
    const response = await post({ ...streamed, meridian: { report: true } });
    expect(response.status).toBe(503);
    expect(response.headers.get("x-should-retry")).toBe("true");
    expect(await response.json()).toMatchObject({
      error: { type: "server_error", code: "overloaded", param: null, meridian: { attempts: [{}, {}] } },
    });
  });

  test.each(["cut;after=3", "stall;after=3", "error-event"])("that fails after that says so: %s", async (text) => {
    fault(text, 10);
    const response = await post(streamed);
    const events = await eventsOf(response);
    // An error in place of the first token is no answer that was begun.
    if (response.status !== 200) expect(events).toMatchObject([{ error: { type: expect.any(String) } }]);
    else expect(events.at(-1)).toMatchObject({ error: { type: "server_error", code: expect.any(String) } });
    expect(events).not.toContain("[DONE]");
  });

  test("that fails after a comment says so too", async () => {
    fault("silent", 10, chatty());
    const response = await post(streamed, {}, undefined, chatty());
    expect(response.status).toBe(200);
    const events = await eventsOf(response);
    expect(events[0]).toBe(": keep-alive");
    expect(events.at(-1)).toMatchObject({ error: { code: "headers_limit" } });
  });

  test("that is cut is rescued unseen where the caller says buffered", async () => {
    fault("cut;after=3");
    const events = await eventsOf(
      await post({ ...streamed, model: "gpt-4.1,deepseek-v3.2", meridian: { commit: "buffered" } }),
    );
    expect(events.at(-1)).toBe("[DONE]");
    expect(contentOf(events)).toContain("deepseek-v3.2");
  });

  test("whose caller leaves closes the relay's", async () => {
    fault("stall;after=2");
    const leaving = new AbortController();
    const response = await post(streamed, {}, leaving.signal);
    await response.body?.getReader().read();
    leaving.abort();
    await vi.waitFor(() => expect(lastChatCall(target().relay).outcome).toBe("client_closed"));
    await vi.waitFor(() =>
      expect(target().log.at(-1)).toMatchObject({ rpc: "StreamChat", protocol: "openai", code: "canceled" }),
    );
  });

  test("comes over HTTP/2 as well", async () => {
    const session = connect(target().proxy.url);
    const stream = session.request({
      ":method": "POST",
      ":path": "/v1/chat/completions",
      "content-type": "application/json",
    });
    stream.end(JSON.stringify(streamed));
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(200);
    const text = Buffer.concat(await Array.fromAsync(stream)).toString();
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    session.close();
    await once(session, "close");
  });
});

test("the SDK's timeout is the deadline of all attempts", async () => {
  fault("silent", 10);
  const response = await post(
    { ...chat, model: "gpt-4.1,deepseek-v3.2,gemini-2.5-flash" },
    { "x-stainless-timeout": "0.5" },
  );
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ error: { code: "deadline_exceeded" } });
});

test("and of the body that is slow to come", async () => {
  const socket = connectTcp({ port: Number(new URL(target().proxy.url).port), host: "127.0.0.1" });
  const headers = ["Host: a", "Content-Type: application/json", "Content-Length: 100", "X-Stainless-Timeout: 0.1"];
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n{"messages":`);
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 504 .*"code":"deadline_exceeded"/s);
  socket.destroy();
  await once(socket, "close");
});

describe("refuses in OpenAI's form", () => {
  const json = "application/json";
  test.each<[string, number, string, string | object, Record<string, string>]>([
    ["what is not JSON", 400, "null", "{", {}],
    ["a value out of range", 400, "null", { ...chat, temperature: 3 }, {}],
    ["what is nested too deep", 400, "null", `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, {}],
    ["an unknown model", 404, "model_not_found", { ...chat, model: "gpt-9" }, {}],
    ["what is too large", 413, "request_too_large", { ...chat, user: "x".repeat(70_000) }, {}],
    ["another media type", 415, "unsupported_media_type", "x", { "content-type": "text/plain" }],
    ["a compressed body", 415, "unsupported_media_type", "x", { "content-type": json, "content-encoding": "gzip" }],
  ])("%s", async (_name, status, code, body, headers) => {
    const before = chatCalls(target().relay).length;
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    const { error } = await response.json();
    expect(error).toMatchObject({ type: "invalid_request_error", message: expect.any(String) });
    expect(String(error.code)).toBe(code);
    expect(response.headers.get("x-request-id")).toMatch(/./);
    expect(chatCalls(target().relay)).toHaveLength(before);
    expect(target().log.at(-1)).toMatchObject({ rpc: "Chat", protocol: "openai" });
  });

  test.each([
    ["POST", "/v1/embeddings", 404, "unknown_url", null],
    ["GET", "/v1/", 404, "unknown_url", null],
    ["GET", "/v1/chat/completions", 405, "method_not_allowed", "POST"],
    ["POST", "/v1/models", 405, "method_not_allowed", "GET"],
    ["DELETE", "/v1/models/gpt-4.1", 405, "method_not_allowed", "GET"],
  ])("%s %s", async (method, path, status, code, allow) => {
    const response = await fetch(`${target().proxy.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.headers.get("allow")).toBe(allow);
  });
});

describe("the models", () => {
  const get = (path: string) => fetch(`${target().proxy.url}/v1/models${path}`);

  test("are the catalogue, auto, and the aliases", async () => {
    const { object, data } = await (await get("")).json();
    expect(object).toBe("list");
    const ids = data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([
      "claude-sonnet-4.5",
      "deepseek-v3.2",
      "gemini-2.5-flash",
      "gpt-4.1",
      "auto",
      "gpt-4o",
      "fast",
    ]);
    expect(data[1]).toMatchObject({
      object: "model",
      created: 0,
      owned_by: "meridian",
      meridian: { tiers: ["low", "medium"] },
    });
  });

  test.each(["gpt-4.1", "auto", "fast", "gpt%2D4.1"])("one of them: %s", async (name) => {
    expect(await (await get(`/${name}`)).json()).toMatchObject({ id: decodeURIComponent(name), object: "model" });
  });

  test.each(["gpt-9", "%zz", "a/b"])("one that is none: %s", async (name) => {
    const response = await get(`/${name}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "model_not_found", param: "model" } });
  });
});
