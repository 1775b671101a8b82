import { describe, expect, test } from "vitest";
import { createCallContext } from "../call-context.js";
import { setAnswerHeaders } from "./answer-headers.js";
import { openIpCountries } from "./ip-countries.js";
import { requestIdFrom } from "./request-id.js";
import { parseRequestStart } from "./request-start.js";
import { createTrustedPeers } from "./trusted-peers.js";

const nowMs = 1_700_000_000_500;

test.for([
  { value: undefined, startMs: undefined },
  { value: "", startMs: undefined },
  { value: "t=1700000000.123", startMs: 1_700_000_000_123 },
  { value: "1700000000", startMs: 1_700_000_000_000 },
  { value: "1700000000123", startMs: 1_700_000_000_123 },
  { value: " t=1700000000123 ", startMs: 1_700_000_000_123 },
  { value: "1700000000123456", startMs: 1_700_000_000_123.456 },
  { value: "1700000001", startMs: undefined, why: "later than now" },
  { value: "1699990000", startMs: undefined, why: "longer ago than an hour" },
  { value: "t=soon", startMs: undefined },
  { value: "-1700000000", startMs: undefined },
  { value: "1e12", startMs: undefined },
  { value: "17000000001234567890", startMs: undefined },
])("x-request-start: '$value' is $startMs", ({ value, startMs }) => {
  const parsed = parseRequestStart(value, nowMs);
  if (startMs === undefined) expect(parsed).toBeUndefined();
  else expect(parsed).toBeCloseTo(startMs, 3);
});

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test.for(["a", "req-1_2.3:4/5+6=7", "x".repeat(128)])("x-request-id: '%s' is kept", (id) => {
  expect(requestIdFrom(id)).toBe(id);
});

test.for([undefined, "", "a b", "a\r\nx: y", "\u00e9", "x".repeat(129), ["a", "b"]])(
  "x-request-id: %j is replaced",
  (id) => {
    expect(requestIdFrom(id)).toMatch(uuid);
    expect(requestIdFrom(id)).not.toBe(requestIdFrom(id));
  },
);

describe("trusted peers", () => {
  const isTrusted = createTrustedPeers(["127.0.0.0/8", "10.1.2.3", "::1/128", "fd00::/8"]);
  test.for([
    { address: "127.0.0.1", trusted: true },
    { address: "127.255.255.255", trusted: true },
    { address: "128.0.0.1", trusted: false },
    { address: "10.1.2.3", trusted: true },
    { address: "10.1.2.4", trusted: false },
    { address: "::1", trusted: true },
    { address: "::2", trusted: false },
    { address: "fd12:3456::1", trusted: true },
    { address: "fe80::1", trusted: false },
    { address: "::ffff:127.0.0.1", trusted: true },
    { address: "::FFFF:10.1.2.3", trusted: true },
    { address: "::ffff:8.8.8.8", trusted: false },
    { address: "", trusted: false },
    { address: "unknown", trusted: false },
  ])("'$address': $trusted", ({ address, trusted }) => {
    expect(isTrusted(address)).toBe(trusted);
  });

  test("none without networks", () => {
    expect(createTrustedPeers([])("127.0.0.1")).toBe(false);
  });
});

describe("the IP database", () => {
  const lookup = openIpCountries();
  test.for([
    { address: "8.8.8.8", country: "US" },
    { address: "2001:4860:4860::8888", country: "US" },
    { address: "168.126.63.1", country: "KR" },
    { address: "10.0.0.1", country: undefined },
    { address: "::1", country: undefined },
    { address: "", country: undefined },
    { address: "not an address", country: undefined },
    { address: "8.8.8.8.8", country: undefined },
  ])("'$address': $country", ({ address, country }) => {
    expect(lookup(address)).toBe(country);
  });
});

describe("the headers of an answer", () => {
  const services = {
    clock: { now: () => 150, schedule: () => () => {} },
    timeOfDayMs: () => nowMs,
    isTrusted: (address: string) => address === "127.0.0.1",
  };
  const start = new Headers({ "x-request-start": "t=1700000000.100" });

  test.for([
    { name: "from arrival", request: new Headers(), peer: "127.0.0.1", latency: "50" },
    { name: "from a trusted edge's start", request: start, peer: "127.0.0.1", latency: "400" },
    { name: "not from a stranger's start", request: start, peer: "8.8.8.8", latency: "50" },
    { name: "not from the start of a peer that is gone", request: start, peer: undefined, latency: "50" },
  ])("latency $name", ({ request, peer, latency }) => {
    const answer = new Headers();
    setAnswerHeaders(answer, request, createCallContext("r1", 100, peer), services);
    expect(Object.fromEntries(answer)).toEqual({ "x-request-id": "r1", "x-edge-latency-ms": latency });
  });

  test("the country and the model, once they are known", () => {
    const context = createCallContext("r1", 100, undefined);
    context.location = { country: "ID", source: "cf-ipcountry", clientAddress: undefined };
    const answer = new Headers();
    setAnswerHeaders(answer, new Headers(), context, services, "gpt-4.1");
    expect(answer.get("x-region-code")).toBe("ID");
    expect(answer.get("x-model-routed")).toBe("gpt-4.1");
  });
});
