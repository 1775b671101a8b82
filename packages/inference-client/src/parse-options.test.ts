import { describe, expect, test } from "vitest";
import { createInferenceClient as createBrowserClient } from "./browser.js";
import { createInferenceClient } from "./node.js";

const baseUrl = "http://localhost:8080";
const entries: [string, (options: object) => unknown][] = [
  ["node", (options) => Reflect.apply(createInferenceClient, undefined, [{ baseUrl, ...options }])],
  ["browser", (options) => Reflect.apply(createBrowserClient, undefined, [{ baseUrl, ...options }])],
];

describe.each(entries)("%s", (_entry, createClient) => {
  test.each<[string, object]>([
    ["baseUrl", { baseUrl: undefined }],
    ["baseUrl", { baseUrl: "" }],
    ["baseUrl", { baseUrl: "localhost:8080" }],
    ["baseUrl", { baseUrl: "ftp://localhost" }],
    ["baseUrl", { baseUrl: "//localhost" }],
    ["baseUrl", { baseUrl: "http://localhost?x=1" }],
    ["baseUrl", { baseUrl: "http://user:secret@localhost" }],
    ["protocol", { protocol: "http" }],
    ["token", { token: "" }],
    ["token", { token: "secret\r\nx-other: 1" }],
    ["token", { token: 7 }],
    ["defaultTimeoutMs", { defaultTimeoutMs: 0 }],
    ["defaultTimeoutMs", { defaultTimeoutMs: 1.5 }],
    ["defaultTimeoutMs", { defaultTimeoutMs: "60000" }],
    ["defaultTimeoutMs", { defaultTimeoutMs: Number.POSITIVE_INFINITY }],
    ["defaultTimeoutMs", { defaultTimeoutMs: 86_400_001 }],
    ["headers", { headers: { "x y": "secret" } }],
    ["interceptors", { interceptors: [1] }],
    ["interceptors", { interceptors: () => undefined }],
    ["timeoutMs", { timeoutMs: 1_000 }],
  ])("%s is named: %j", (option, options) => {
    expect(() => createClient(options)).toThrow(TypeError);
    expect(() => createClient(options)).toThrow(new RegExp(`^${option}: (?!.*secret)`));
  });

  test.each<[object]>([
    [{}],
    [{ baseUrl: "https://example.com/meridian/" }],
    [
      {
        token: undefined,
        headers: undefined,
        interceptors: undefined,
        defaultTimeoutMs: undefined,
        protocol: undefined,
      },
    ],
    [{ token: () => "secret", headers: [["x-team", "search"]], interceptors: [], defaultTimeoutMs: 1 }],
  ])("%j is taken", (options) => {
    expect(() => createClient(options)).not.toThrow();
  });
});

test.each<[string, object]>([
  ["protocol", { protocol: "grpc-web" }],
  ["httpVersion", { httpVersion: "3" }],
  ["httpVersion", { protocol: "grpc", httpVersion: "1.1" }],
  ["idleConnectionTimeoutMs", { idleConnectionTimeoutMs: 0 }],
  ["pingIntervalMs", { pingIntervalMs: -1 }],
  ["pingIntervalMs", { pingIntervalMs: 1_000, httpVersion: "1.1" }],
  ["baseUrl", { baseUrl: "/" }],
  ["fetch", { fetch }],
])("node: %s is named", (option, options) => {
  expect(() => entries[0]?.[1](options)).toThrow(new RegExp(`^${option}: `));
});

test.each<[string, object]>([
  ["protocol", { protocol: "grpc" }],
  ["fetch", { fetch: "x" }],
  ["httpVersion", { httpVersion: "2" }],
])("browser: %s is named", (option, options) => {
  expect(() => entries[1]?.[1](options)).toThrow(new RegExp(`^${option}: `));
});

test("browser: a path of the page's own origin is a baseUrl", () => {
  expect(() => createBrowserClient({ baseUrl: "/api" })).not.toThrow();
});
