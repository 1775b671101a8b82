import { describe, expect, test } from "vitest";
import { type Environment, readTracingSettings, type TracingSettings } from "./tracing-settings.js";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

function settingsOf(environment: Environment): TracingSettings {
  const choice = readTracingSettings(environment);
  if (choice.kind !== "on") throw new Error(JSON.stringify(choice));
  return choice.settings;
}

test.each<[string, Environment]>([
  ["nothing is set", {}],
  ["a variable is empty", { OTEL_EXPORTER_OTLP_ENDPOINT: " " }],
  ["the exporter is none", { ...endpoint, OTEL_TRACES_EXPORTER: "none" }],
  ["the SDK is disabled", { ...endpoint, OTEL_SDK_DISABLED: "TRUE" }],
  ["only the service has a name", { OTEL_SERVICE_NAME: "gateway" }],
])("traces are off where %s", (_name, environment) => {
  expect(readTracingSettings(environment)).toEqual({ kind: "off" });
});

test.each<[string, Environment, string]>([
  ["of all signals", endpoint, "http://collector:4318/v1/traces"],
  ["with a path", { OTEL_EXPORTER_OTLP_ENDPOINT: "https://c/otlp/" }, "https://c/otlp/v1/traces"],
  ["of traces, as it is", { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:1/t" }, "http://c:1/t"],
  ["of traces before that of all", { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:1/t" }, "http://c:1/t"],
  ["by default", { OTEL_TRACES_EXPORTER: "otlp" }, "http://localhost:4318/v1/traces"],
])("the address is the endpoint %s", (_name, environment, url) => {
  expect(settingsOf(environment).otlpUrl).toBe(url);
});

test("exporters may be several", () => {
  expect(settingsOf({ OTEL_TRACES_EXPORTER: "otlp, console" }).exporters).toEqual(new Set(["otlp", "console"]));
});

test.each([
  [undefined, { root: "always_on", isParentBased: true }],
  ["parentbased_always_on", { root: "always_on", isParentBased: true }],
  ["parentbased_always_off", { root: "always_off", isParentBased: true }],
  ["parentbased_traceidratio", { root: "traceidratio", isParentBased: true }],
  ["always_on", { root: "always_on", isParentBased: false }],
  ["always_off", { root: "always_off", isParentBased: false }],
  ["traceidratio", { root: "traceidratio", isParentBased: false }],
])("the sampler %s", (name, sampler) => {
  const environment = { ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: "0.25" };
  expect(settingsOf(environment).sampler).toEqual({ ...sampler, ratio: 0.25 });
});

test("batches are as the variables say, or as the standard does", () => {
  const standard = {
    maxQueueSize: 2048,
    maxExportBatchSize: 512,
    scheduledDelayMillis: 5000,
    exportTimeoutMillis: 30000,
  };
  expect(settingsOf(endpoint).batch).toEqual(standard);
  const environment = { ...endpoint, OTEL_BSP_MAX_QUEUE_SIZE: "100", OTEL_BSP_SCHEDULE_DELAY: "20" };
  expect(settingsOf(environment).batch).toEqual({ ...standard, maxQueueSize: 100, scheduledDelayMillis: 20 });
});

describe("what Meridian has not is said", () => {
  test.each<[Environment, RegExp]>([
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /PROTOCOL=grpc is not supported: set http\/protobuf$/],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" }, /PROTOCOL=http\/json is not supported/],
    [{ OTEL_TRACES_EXPORTER: "zipkin" }, /EXPORTER=zipkin is not supported: set otlp, console or none$/],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: "jaeger_remote" }, /SAMPLER=jaeger_remote is not supported: set parentbased/],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: "2" }, /^OTEL_TRACES_SAMPLER_ARG is no number that it may be$/],
    [{ ...endpoint, OTEL_BSP_MAX_QUEUE_SIZE: "many" }, /^OTEL_BSP_MAX_QUEUE_SIZE is no number/],
    [{ ...endpoint, OTEL_BSP_MAX_QUEUE_SIZE: "Infinity" }, /^OTEL_BSP_MAX_QUEUE_SIZE is no number/],
    [{ ...endpoint, OTEL_BSP_SCHEDULE_DELAY: "1e12" }, /^OTEL_BSP_SCHEDULE_DELAY is no number/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, /^the OTLP endpoint is no address/],
  ])("%j", (environment, problem) => {
    expect(readTracingSettings(environment)).toEqual({ kind: "unsupported", problem: expect.stringMatching(problem) });
  });
});
