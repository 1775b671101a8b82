import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { parseFault } from "@meridian/relay-simulator";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ask } from "./testing/ask.js";
import { callJson, getJson, rpcUrl } from "./testing/call-json.js";
import { chatCalls } from "./testing/chat-calls.js";
import { clientOf } from "./testing/client-of.js";
import { clientProtocols } from "./testing/client-protocols.js";
import { expectRefused } from "./testing/expect-refused.js";
import { callUnary, loadService, methodOf, openGrpcJs } from "./testing/grpc-js.js";
import { grpcJsProtocol } from "./testing/grpc-js-protocol.js";
import { programProtocols } from "./testing/program-protocols.js";
import { createProtoDirectory } from "./testing/proto-files.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";
import { envelope, isEnveloped, isJson, wireCall, wires } from "./testing/wire-call.js";

const chat = { messages: [{ role: "user", content: "Tell me about the weather in Jakarta" }] };
const body = Buffer.from(JSON.stringify(chat));
const oneCall = (maxQueuedCalls: number) => `server: { overload: { maxCalls: 1, maxQueuedCalls: ${maxQueuedCalls} } }`;

/** Takes the only place that there is, and keeps it until the returned function is called. */
async function occupy(target: TestProxy): Promise<() => Promise<void>> {
  const { proxy, relay } = target;
  await vi.waitFor(async () => expect(await metric(target, runningCalls)).toBe(0), { interval: 5 });
  const before = chatCalls(relay).length;
  relay.setFaults([{ fault: parseFault("silent"), times: 1 }]);
  const leaving = new AbortController();
  const call = fetch(rpcUrl(proxy.url, "Chat"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: leaving.signal,
  }).catch(() => "left");
  await vi.waitFor(() => expect(chatCalls(relay)).toHaveLength(before + 1), { interval: 2 });
  return async () => {
    leaving.abort();
    await call;
  };
}

async function metric({ proxy }: TestProxy, line: RegExp): Promise<number> {
  const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? 0);
}

const runningCalls = /^meridian_admission_running_calls (\d+)$/m;
const queued = (target: TestProxy) => metric(target, /^meridian_admission_queued_calls (\d+)$/m);

describe("a process without room", () => {
  const target = useTestProxy({ yaml: oneCall(0) });
  const protoDirectory = createProtoDirectory();
  let release = async () => {};
  beforeEach(async () => {
    release = await occupy(target());
  });
  afterEach(() => release());

  describe.each([...clientProtocols, grpcJsProtocol, ...programProtocols])("refuses $name", ({ open }) => {
    test("with a typed error", async (context) => {
      const calls = chatCalls(target().relay).length;
      const failure = await open(context, target(), protoDirectory).failure(chat);
      expect(failure).toEqual({ code: "unavailable", reason: "too_many_calls" });
      expect(chatCalls(target().relay)).toHaveLength(calls);
    });
  });

  test.each(["Chat", "StreamChat"] as const)("tells its client when to call %s again", async (rpc) => {
    for (const protocol of ["connect", "grpc"] as const) {
      const outcome = await ask(clientOf(target(), { protocol }), rpc, chat);
      expect(outcome).toMatchObject({ code: "unavailable", reason: "too_many_calls" });
      expect(outcome.retryDelayMs).toBeGreaterThanOrEqual(1_000);
      expect(outcome.retryDelayMs).toBeLessThanOrEqual(30_000);
    }
  });

  test.each(wires)("has the whole error in the bytes of $name", async (wire) => {
    const message = isJson(wire) ? body : toBinary(ChatRequestSchema, create(ChatRequestSchema));
    const outcome = await wireCall(target().proxy.url, wire, isEnveloped(wire) ? envelope(message) : message);
    expectRefused(outcome, { code: "unavailable", reason: "too_many_calls", words: /call again/ });
    const { answer, details } = outcome;
    expect(details[0]?.retryDelay?.seconds).toBeGreaterThanOrEqual(1n);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(answer.headers.get("x-edge-latency-ms")).toMatch(/^\d+$/);
    expect(answer.status).toBe(isEnveloped(wire) ? 200 : 503);
    expect(answer.headers.get("content-type")).toBe(isEnveloped(wire) ? wire.contentType : "application/json");
  });

  test("refuses ExplainRoute and ListModels too, by POST and GET", async () => {
    const answers = [
      await callJson(target().proxy.url, "ExplainRoute", { chat }),
      await getJson(target().proxy.url, "ListModels", {}),
    ];
    for (const { status, body: error } of answers) {
      expect(status).toBe(503);
      expect(error).toMatchObject({ code: "unavailable", details: [{ debug: { reason: "too_many_calls" } }] });
    }
  });

  test("refuses the OpenAI-compatible paths in their own form", async () => {
    const { url } = target().proxy;
    const headers = { "content-type": "application/json" };
    for (const answer of [
      await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body }),
      await fetch(`${url}/v1/models`),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("x-should-retry")).toBe("true");
      expect(Number(answer.headers.get("retry-after-ms"))).toBeGreaterThanOrEqual(1_000);
      expect(answer.headers.get("x-request-id")).toMatch(/./);
      expect(await answer.json()).toMatchObject({ error: { type: "server_error", code: "too_many_calls" } });
    }
  });

  test("answers /health, gRPC health and the admin port all the same", async () => {
    const { url, adminUrl } = target().proxy;
    for (const address of [`${url}/health`, `${adminUrl}/healthz`, `${adminUrl}/readyz`, `${adminUrl}/metrics`])
      expect((await fetch(address)).status).toBe(200);
    const protoRoot = join(dirname(createRequire(import.meta.url).resolve("grpc-health-check/package.json")), "proto");
    const health = loadService("health/v1/health.proto", [protoRoot], "grpc.health.v1.Health");
    const { message } = await callUnary(openGrpcJs(url), methodOf(health, "Check"), {});
    expect(message).toEqual({ status: "SERVING" });
  });

  test("keeps the connection of a refused call, over both versions of HTTP", async () => {
    const { url } = target().proxy;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let call = 0; call < 3; call += 1) {
      const headers = { "content-type": "application/json" };
      const request = httpRequest(rpcUrl(url, "Chat"), { method: "POST", agent, headers });
      request.end(body);
      const [response] = await once(request, "response");
      ports.add(request.socket?.localPort);
      expect(response.statusCode).toBe(503);
      await response.toArray();
      await sleep(5);
    }
    agent.destroy();
    expect(ports.size).toBe(1);

    const session = connect(url);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const stream = session.request({
          ":method": "POST",
          ":path": new URL(rpcUrl(url, "Chat")).pathname,
          "content-type": "application/grpc",
        });
        stream.end(envelope(new Uint8Array()));
        const [fields] = await once(stream, "response");
        await once(stream.resume(), "close");
        return [fields["grpc-status"], stream.rstCode];
      }),
    );
    expect(new Set(statuses.map(String))).toEqual(new Set(["14,0"]));
    expect(session.closed).toBe(false);
    session.close();
    await once(session, "close");
  });

  test("counts every refused call, and logs one line a second", async () => {
    const count = () =>
      metric(target(), /^meridian_calls_total\{rpc="Chat",protocol="connect",.*reason="too_many_calls"\} (\d+)$/m);
    const lines = () => target().log.filter(({ msg }) => msg === "calls refused").length;
    const [countBefore, linesBefore] = [await count(), lines()];
    for (let call = 0; call < 50; call += 1) await callJson(target().proxy.url, "Chat", chat);
    expect(await count()).toBe(countBefore + 50);
    expect(lines() - linesBefore).toBeLessThan(25);
    expect(target().log.find(({ msg }) => msg === "calls refused")).toMatchObject({
      level: "warn",
      rpc: "Chat",
      reason: "too_many_calls",
      refusedCalls: expect.any(Number),
    });
  });

  test("lets calls in again when there is room", async () => {
    await release();
    await vi.waitFor(async () => expect((await callJson(target().proxy.url, "Chat", chat)).status).toBe(200));
  });
});

describe("a process with a queue", () => {
  const target = useTestProxy({ yaml: oneCall(10) });

  test("answers those that wait when there is room, in their order, with what is left of their time", async () => {
    const release = await occupy(target());
    const order: number[] = [];
    const calls = [0, 1, 2].map(async (call) => {
      await sleep(call * 20);
      const { status } = await callJson(target().proxy.url, "Chat", chat, { "connect-timeout-ms": "5000" });
      order.push(call);
      return status;
    });
    await vi.waitFor(async () => expect(await queued(target())).toBe(3), { interval: 5 });
    await release();
    expect(await Promise.all(calls)).toEqual([200, 200, 200]);
    expect(order).toEqual([0, 1, 2]);
    const lines = target().log.filter(({ msg, code }) => msg === "call" && code === "ok");
    expect(lines.every(({ durationMs }) => Number(durationMs) >= 5)).toBe(true);
  });

  test.each(["connect", "grpc"] as const)(
    "ends a call whose deadline passes while it waits, over %s",
    async (protocol) => {
      const release = await occupy(target());
      const before = chatCalls(target().relay).length;
      const client = clientOf(target(), { protocol });
      const outcome = await ask(client, "Chat", chat, { timeoutMs: 150 });
      expect(outcome.code).toBe("deadline_exceeded");
      await vi.waitFor(async () => expect(await queued(target())).toBe(0), { interval: 5 });
      expect(chatCalls(target().relay)).toHaveLength(before);
      await release();
    },
  );

  test("forgets a call whose caller leaves while it waits", async () => {
    const release = await occupy(target());
    const before = chatCalls(target().relay).length;
    const leaving = new AbortController();
    const waiting = fetch(rpcUrl(target().proxy.url, "Chat"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: leaving.signal,
    }).catch(() => "left");
    await vi.waitFor(async () => expect(await queued(target())).toBe(1), { interval: 5 });
    leaving.abort();
    await waiting;
    await vi.waitFor(async () => expect(await queued(target())).toBe(0), { interval: 5 });
    await release();
    expect((await callJson(target().proxy.url, "Chat", chat)).status).toBe(200);
    expect(chatCalls(target().relay)).toHaveLength(before + 1);
  });
});

test("calls that wait when the process has to end get a typed error", async () => {
  const target = await startTestProxy({ yaml: oneCall(10) });
  const release = await occupy(target);
  const calls = (["connect", "grpc"] as const).map((protocol) => ask(clientOf(target, { protocol }), "Chat", chat));
  await vi.waitFor(async () => expect(await queued(target)).toBe(2), { interval: 5 });
  const stopped = target.stop();
  for (const outcome of await Promise.all(calls))
    expect(outcome).toMatchObject({ code: "unavailable", reason: "shutting_down" });
  await release();
  await stopped;
});
