import { expect, test, vi } from "vitest";
import { callJson } from "./testing/call-json.js";
import { spawnProxy } from "./testing/spawn-command.js";
import { startOtlpReceiver } from "./testing/start-otlp-receiver.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy();
const chat = { messages: [{ role: "user", content: "Find a similar category" }] };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test.each([
  ["goes on to the relay as it came", { traceparent, tracestate: "a=1" }, { traceparent, tracestate: "a=1" }],
  ["that is malformed goes nowhere", { traceparent: `${traceparent}0`, tracestate: "a=1" }, {}],
  ["that is not there is not made up", {}, {}],
])("without tracing a trace context %s", async (_name, sent, told) => {
  target().relay.reset();
  await callJson(target().proxy.url, "Chat", chat, { ...sent, "x-request-id": "off" });
  const { headers = {} } = target().relay.calls.find(({ method }) => method === "POST") ?? {};
  expect(Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("trace")))).toEqual(told);
  // The answer is there first.
  const line = await vi.waitUntil(() => target().log.find(({ requestId }) => requestId === "off"));
  expect(line).not.toHaveProperty("trace_id");
});

/** Prints the first module of OpenTelemetry's SDK that is loaded. Its API, which does nothing by itself, prom-client has too. */
const watchModules = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  let isLoaded = false;
  registerHooks({ load(url, context, next) {
    const isSdk = url.includes("@opentelemetry/") && !url.includes("@opentelemetry/api/");
    if (isSdk && !isLoaded) process.stderr.write("loaded " + url + "\\n");
    isLoaded ||= isSdk;
    return next(url, context);
  } });`)}`;

test("the SDK is loaded where the environment asks for traces; a stop sends what waits, as the variables say", async () => {
  const receiver = await startOtlpReceiver();
  const [off, on] = await Promise.all([
    spawnProxy({ NODE_OPTIONS: watchModules }),
    spawnProxy({
      NODE_OPTIONS: watchModules,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=abc",
      OTEL_SERVICE_NAME: "gateway",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      OTEL_BSP_SCHEDULE_DELAY: "60000",
    }),
  ]);
  for (const { url, child, exited } of [off, on]) {
    expect((await callJson(url, "Chat", chat)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  }
  expect(off.output()).not.toContain("loaded ");
  expect(on.output()).toContain("loaded ");
  expect(receiver.lastHeaders()).toMatchObject({ "x-collector-key": "abc" });
  expect(receiver.spans.map(({ kind }) => kind).sort()).toEqual(["CLIENT", "SERVER"]);
  expect(receiver.spans[0]?.resource).toMatchObject({
    "service.name": "gateway",
    "deployment.environment.name": "test",
  });
  await receiver.close();
}, 60_000);
