import { collect, createInferenceClient } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callJson } from "./testing/call-json.js";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "./testing/start-otlp-receiver.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { firstModel, secondModel, twoModels } from "./testing/two-models.js";
import { version } from "./version.js";

const callerSpan = "b7ad6b7169203331";
let traces = 0;

/** A caller's trace context: another trace each time. */
function callerContext(flags = "01") {
  traces += 1;
  const traceId = traces.toString(16).padStart(32, "a");
  return { traceId, header: { traceparent: `00-${traceId}-${callerSpan}-${flags}`, tracestate: "caller=7" } };
}

const chat = { messages: [{ role: "user", content: "Tell me about the weather in Jakarta" }] };
const yaml = JSON.stringify({
  probe: { intervalMs: 3_600_000 },
  dispatch: { retry: { overloadedTries: 1 } },
});

let receiver: OtlpReceiver;
let target: TestProxy;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const models = [firstModel, secondModel].map((id) => ({ id, answerTokens: 20 }));
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: "20" };
  target = await startTestProxy({ yaml, relay: { models }, tracing });
});

afterAll(async () => {
  await target.stop();
  await receiver.close();
});

/** What the relay was told of the trace, in order. */
const told = () =>
  target.relay.calls
    .filter(({ method }) => method === "POST")
    .map(({ headers: { traceparent, tracestate } }) => ({ traceparent, tracestate }));
const childrenOf = (spans: readonly ReceivedSpan[], parent: ReceivedSpan) =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).sort((a, b) => a.startMs - b.startMs);

/** The call's own span of a trace, and those of its attempts in order. */
async function traceOf(traceId: string, attempts: number) {
  const spans = await receiver.spansOf(traceId, 1 + attempts);
  const [call, ...others] = spans.filter(({ kind }) => kind === "SERVER");
  if (call === undefined || others.length > 0) throw new Error(`no span of the call: ${JSON.stringify(spans)}`);
  expect(spans).toHaveLength(1 + attempts);
  return { call, attempts: childrenOf(spans, call) };
}

/** The log's line about a call. */
const lineOf = (id: string) =>
  vi.waitFor(() => {
    const line = target.log.find(({ requestId }) => requestId === id);
    if (line === undefined) throw new Error(`no line about ${id}`);
    return line;
  });

test("a failed attempt and a fallback are three spans of the caller's trace, and each relay hears of its own", async () => {
  target.relay.reset();
  target.relay.setFaults([{ model: firstModel, fault: parseFault("status-503") }]);
  const { traceId, header } = callerContext();
  const beganMs = Date.now();
  const { status } = await callJson(
    target.proxy.url,
    "Chat",
    { ...chat, model: firstModel, routing: { fallbacks: [secondModel] } },
    { ...header, "cf-ipcountry": "SG", "x-request-id": "fallback" },
  );
  expect(status).toBe(200);
  const { call, attempts } = await traceOf(traceId, 2);

  expect(call).toMatchObject({
    name: "meridian.inference.v1.InferenceService/Chat",
    parentSpanId: callerSpan,
    traceState: "caller=7",
    isError: false,
    resource: { "service.name": "meridian", "service.version": version },
  });
  expect(call.attributes).toEqual({
    "rpc.system.name": "connectrpc",
    "rpc.method": "meridian.inference.v1.InferenceService/Chat",
    "gen_ai.response.model": secondModel,
    "meridian.request_id": "fallback",
    "meridian.tenant": "anonymous",
    "meridian.config_version": target.config.version,
    "meridian.country": "SG",
    "meridian.cohort": "baseline",
    "meridian.model": firstModel,
    "meridian.attempts": 2,
    "meridian.cache": "bypass",
    "meridian.cost_nano_usd": 50_000,
  });
  const shared = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.stream": false,
    "gen_ai.request.max_tokens": 1024,
    "gen_ai.request.temperature": 0.7,
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(target.relay.baseUrl).port),
    "meridian.endpoint": "relay",
    "meridian.credential": "primary",
    "meridian.cost_source": "reported",
  };
  expect(attempts).toMatchObject([
    { name: `chat ${firstModel}`, kind: "CLIENT", isError: true, traceState: "caller=7" },
    { name: `chat ${secondModel}`, kind: "CLIENT", isError: false, traceState: "caller=7" },
  ]);
  expect(attempts.map(({ attributes }) => attributes)).toEqual([
    {
      ...shared,
      "gen_ai.request.model": firstModel,
      "error.type": "overloaded",
      "http.response.status_code": 503,
      "meridian.model": firstModel,
      "meridian.outcome": "overloaded",
      "meridian.cost_nano_usd": 0,
    },
    {
      ...shared,
      "gen_ai.request.model": secondModel,
      "http.response.status_code": 200,
      "gen_ai.usage.input_tokens": 16,
      "gen_ai.usage.output_tokens": 20,
      "meridian.model": secondModel,
      "meridian.outcome": "ok",
      "meridian.cost_nano_usd": 50_000,
    },
  ]);

  expect(told()).toEqual(
    attempts.map(({ spanId }) => ({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: "caller=7" })),
  );
  const times = [beganMs - 1, call.startMs, ...attempts.flatMap(({ startMs, endMs }) => [startMs, endMs]), call.endMs];
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(await lineOf("fallback")).toMatchObject({ trace_id: traceId, span_id: call.spanId });
});

test("a stream is one span from its beginning to its end, with its first token", async () => {
  target.relay.reset();
  const { traceId, header } = callerContext();
  const client = createInferenceClient({ baseUrl: target.proxy.url, protocol: "grpc" });
  await collect(client.streamChat({ ...twoModels }, { headers: header }));
  client.close();
  const { call, attempts } = await traceOf(traceId, 1);
  const [attempt] = attempts;
  expect(call.attributes).toMatchObject({
    "rpc.system.name": "grpc",
    "rpc.method": "meridian.inference.v1.InferenceService/StreamChat",
    "rpc.response.status_code": "OK",
  });
  expect(attempt?.attributes).toMatchObject({ "gen_ai.request.stream": true, "gen_ai.usage.output_tokens": 20 });
  for (const span of [call, attempt]) {
    expect(span?.events).toMatchObject([{ name: "first_token" }]);
    const atMs = span?.events[0]?.atMs ?? 0;
    expect(atMs).toBeGreaterThan(span?.startMs ?? 0);
    expect(atMs).toBeLessThanOrEqual(span?.endMs ?? 0);
  }
  const seconds = Number(attempt?.attributes["gen_ai.response.time_to_first_chunk"]);
  expect(seconds * 1_000).toBeCloseTo((attempt?.events[0]?.atMs ?? 0) - (attempt?.startMs ?? 0), 0);
});

test("a caller that leaves a stream in the middle ends its spans", async () => {
  target.relay.reset();
  target.relay.setFaults([{ fault: parseFault("stall;after=3") }]);
  const { traceId, header } = callerContext();
  const client = createInferenceClient({ baseUrl: target.proxy.url });
  const caller = new AbortController();
  const stream = client.streamChat({ ...twoModels }, { headers: header, signal: caller.signal });
  await expect(async () => {
    for await (const { event } of stream) if (event.case === "textDelta") caller.abort();
  }).rejects.toThrow();
  client.close();
  const { call, attempts } = await traceOf(traceId, 1);
  expect(call).toMatchObject({ isError: false, attributes: { "rpc.response.status_code": "canceled" } });
  expect(attempts).toMatchObject([{ isError: true, attributes: { "error.type": "canceled" } }]);
});

test("a refused call is a span of its own", async () => {
  const { traceId, header } = callerContext();
  const { status } = await callJson(target.proxy.url, "Chat", { messages: [] }, header);
  expect(status).toBe(400);
  const { call } = await traceOf(traceId, 0);
  expect(call).toMatchObject({
    isError: false,
    attributes: {
      "rpc.response.status_code": "invalid_argument",
      "meridian.reason": "invalid_request",
      "meridian.attempts": 0,
    },
  });
});

test("a call that no relay answers is an error, and so is each attempt", async () => {
  target.relay.reset();
  target.relay.setFaults([{ fault: parseFault("status-503") }]);
  const { traceId, header } = callerContext();
  await callJson(target.proxy.url, "Chat", { ...chat, model: firstModel }, header);
  const { call, attempts } = await traceOf(traceId, 1);
  expect(call).toMatchObject({
    isError: true,
    attributes: { "error.type": "unavailable", "meridian.reason": "overloaded" },
  });
  expect(attempts).toMatchObject([{ isError: true }]);
});

test.each([
  ["POST", "/v1/chat/completions", chat, 200],
  ["POST", "/v1/chat/completions", { ...chat, model: "nobody-has-it" }, 404],
  ["GET", "/v1/models", undefined, 200],
])("%s %s of the OpenAI front is a span of HTTP's, with its status", async (method, path, body, status) => {
  target.relay.reset();
  const { traceId, header } = callerContext();
  const response = await fetch(`${target.proxy.url}${path}`, {
    method,
    headers: { ...header, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  await response.text();
  expect(response.status).toBe(status);
  const { call } = await traceOf(traceId, path.endsWith("completions") && status === 200 ? 1 : 0);
  expect(call).toMatchObject({
    name: `${method} ${path}`,
    attributes: { "http.request.method": method, "http.route": path, "http.response.status_code": status },
  });
});

test("a trace that its caller does not record goes on unrecorded", async () => {
  target.relay.reset();
  const { traceId, header } = callerContext("00");
  await callJson(target.proxy.url, "Chat", chat, { ...header, "x-request-id": "unsampled" });
  const [{ traceparent, tracestate } = {}] = told();
  expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  expect(tracestate).toBe("caller=7");
  expect(await lineOf("unsampled")).not.toHaveProperty("trace_id");
  // Spans are sent in order: what comes after it is there, and it is not.
  const next = callerContext();
  await callJson(target.proxy.url, "Chat", chat, next.header);
  await traceOf(next.traceId, 1);
  expect(receiver.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});

test("a malformed context is ignored: the call begins a trace", async () => {
  target.relay.reset();
  const header = { traceparent: `00-${"0".repeat(32)}-${callerSpan}-01`, tracestate: "caller=7" };
  await callJson(target.proxy.url, "Chat", chat, { ...header, "x-request-id": "malformed" });
  const { trace_id: traceId } = await lineOf("malformed");
  const { call, attempts } = await traceOf(String(traceId), 1);
  expect(call).toMatchObject({ parentSpanId: "", traceState: "" });
  expect(told()).toEqual([{ traceparent: `00-${traceId}-${attempts[0]?.spanId}-01`, tracestate: undefined }]);
});
