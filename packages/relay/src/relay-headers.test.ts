import { expect, test } from "vitest";
import { relayHeaders } from "./relay-headers.js";
import { testRequest } from "./testing/relay-request.js";

test("a request says who asks, for whom, and with which key", () => {
  expect(relayHeaders(testRequest("http://relay"), "unary")).toEqual({
    authorization: "Bearer sk-test-0123456789",
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "meridian",
    "x-request-id": "request-1",
    "x-key-version": "v7",
    "x-edge-region": "ID",
    "x-original-forwarded-for": "203.0.113.9",
  });
});

test("a streamed request accepts an event stream", () => {
  expect(relayHeaders(testRequest("http://relay"), "stream")["accept"]).toBe("text/event-stream");
});

test("an unknown client address is left out", () => {
  const headers = relayHeaders({ ...testRequest("http://relay"), clientAddress: undefined }, "unary");
  expect(headers).not.toHaveProperty("x-original-forwarded-for");
});

test.each([
  ["with a state", "vendor=1", { tracestate: "vendor=1" }],
  ["without a state", undefined, {}],
])("a trace context %s goes on", (_name, tracestate, more) => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headers = relayHeaders({ ...testRequest("http://relay"), traceContext: { traceparent, tracestate } }, "unary");
  expect(Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("trace")))).toEqual({
    traceparent,
    ...more,
  });
});
