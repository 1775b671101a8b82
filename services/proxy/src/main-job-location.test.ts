import { fromJson } from "@bufbuild/protobuf";
import { ChatResponseSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { callJson } from "./testing/call-json.js";
import { lastChatCall } from "./testing/chat-calls.js";
import { startTestProxy, type TestProxy, testRelayKey } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const request = { messages: [{ role: "user", content: "Write a haiku about the sea" }] };

/** Headers of an edge, with where they say that the caller is. Addresses are of large public networks. */
const located = [
  { headers: { "cf-ipcountry": "ID" }, country: "ID", source: "cf-ipcountry" },
  { headers: { "x-vercel-ip-country": "VN" }, country: "VN", source: "x-vercel-ip-country" },
  { headers: { "cloudfront-viewer-country": "KR" }, country: "KR", source: "cloudfront-viewer-country" },
  { headers: { "cf-ipcountry": "ID", "x-vercel-ip-country": "VN" }, country: "ID", source: "cf-ipcountry" },
  { headers: { "cf-ipcountry": "XX", "x-vercel-ip-country": "VN" }, country: "VN", source: "x-vercel-ip-country" },
  {
    headers: { "cf-ipcountry": "ID", "x-forwarded-for": "168.126.63.1" },
    country: "ID",
    source: "cf-ipcountry",
    address: "168.126.63.1",
  },
  ...[
    { header: "x-forwarded-for", value: "168.126.63.1", country: "KR" },
    { header: "x-forwarded-for", value: "::ffff:202.134.0.155", country: "ID", address: "202.134.0.155" },
    { header: "x-forwarded-for", value: "2001:ee0::1", country: "VN" },
    { header: "x-forwarded-for", value: "2404:e800::1", country: "SG" },
    // The right-most hop that is not trusted counts: what stands left of it anybody may have written.
    {
      header: "x-forwarded-for",
      value: "203.162.4.191, 168.126.63.1, 127.0.0.1",
      country: "KR",
      address: "168.126.63.1",
    },
    { header: "cf-connecting-ip", value: "203.162.4.191", country: "VN" },
    { header: "fly-client-ip", value: "2001:e60::1", country: "KR" },
  ].map(({ header, value, country, address = value }) => ({
    headers: { [header]: value },
    country,
    source: "ip_database",
    address,
  })),
  { headers: { "x-forwarded-for": "10.1.2.3" }, country: "DEFAULT", source: "none", address: "10.1.2.3" },
  { headers: { "x-forwarded-for": "not an address" }, country: "DEFAULT", source: "none" },
  { headers: {}, country: "DEFAULT", source: "none" },
].map((row) => ({ address: "127.0.0.1", name: JSON.stringify(row.headers), ...row }));

const modelOf: Readonly<Record<string, string>> = {
  ID: "deepseek-v3.2",
  VN: "deepseek-v3.2",
  KR: "gemini-2.5-flash",
  SG: "gpt-4.1",
  DEFAULT: "gemini-2.5-flash",
};

/** Half an hour: no test takes as long. */
const longAgoMs = 1_800_000;

describe("from a trusted peer", () => {
  const target = useTestProxy();

  test.each(located)("$name is $country", async ({ headers, country, source, address }) => {
    const { route, answerHeaders, relayed } = await chat(target(), headers);
    expect(answerHeaders.get("x-region-code")).toBe(country);
    expect(answerHeaders.get("x-model-routed")).toBe(modelOf[country]);
    expect(route).toMatchObject({ country, countrySource: source, model: modelOf[country] });
    expect(relayed["x-edge-region"]).toBe(country);
    expect(relayed["x-original-forwarded-for"]).toBe(address);
  });

  test.each([
    ["milliseconds", () => String(Date.now() - longAgoMs)],
    ["seconds, as nginx has them", () => `t=${((Date.now() - longAgoMs) / 1000).toFixed(3)}`],
    ["microseconds", () => `${Date.now() - longAgoMs}000`],
  ])("x-request-start in %s is where the latency begins", async (_, requestStart) => {
    const { answerHeaders } = await chat(target(), { "x-request-start": requestStart() });
    const latencyMs = Number(answerHeaders.get("x-edge-latency-ms"));
    expect(latencyMs).toBeGreaterThanOrEqual(longAgoMs);
    expect(latencyMs).toBeLessThan(2 * longAgoMs);
  });

  test.each([
    ["the future", () => String(Date.now() + longAgoMs)],
    ["nonsense", () => "yesterday"],
  ])("x-request-start of %s changes nothing", async (_, requestStart) => {
    const { answerHeaders } = await chat(target(), { "x-request-start": requestStart() });
    expect(answerHeaders.get("x-edge-latency-ms")).toMatch(/^\d+$/);
    expect(Number(answerHeaders.get("x-edge-latency-ms"))).toBeLessThan(longAgoMs);
  });

  test("no header of the caller's reaches the relay, and Meridian's own all do", async () => {
    const { answerHeaders, relayed } = await chat(target(), {
      "cf-ipcountry": "KR",
      "cf-connecting-ip": "168.126.63.1",
      authorization: "Bearer the-callers-own",
      cookie: "session=the-callers-own",
      "user-agent": "the-callers-own",
      "accept-language": "ko",
      "x-custom": "the-callers-own",
      "x-simulate-fault": "status-503",
      "x-edge-region": "ZZ",
      "x-original-forwarded-for": "192.0.2.1",
      "x-key-version": "the-callers-own",
      "openai-organization": "the-callers-own",
    });
    const { host, "content-length": length, connection, ...rest } = relayed;
    expect(rest).toEqual({
      authorization: `Bearer ${testRelayKey}`,
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "meridian",
      "x-edge-region": "KR",
      "x-key-version": target().config.routing.endpoints[0]?.credentials[0]?.version,
      "x-original-forwarded-for": "168.126.63.1",
      "x-request-id": answerHeaders.get("x-request-id"),
    });
    expect({ host, connection }).toEqual({ host: new URL(target().relay.origin).host, connection: "keep-alive" });
    expect(length).toMatch(/^\d+$/);
  });

  test("X-Key-Version is the configured one", async () => {
    const credentials = "credentials: [{ name: second, version: 2026-11, key: '${env:TEST_RELAY_KEY}' }]";
    const own = await startTestProxy({
      yaml: (relayBaseUrl) => `endpoints: [{ name: only, baseUrl: ${relayBaseUrl}, ${credentials} }]`,
    });
    try {
      expect((await chat(own, {})).relayed["x-key-version"]).toBe("2026-11");
    } finally {
      await own.stop();
    }
  });

  test("a caller's request id is kept", async () => {
    const { answerHeaders, relayed, route } = await chat(target(), { "x-request-id": "job-17/step:3" });
    expect(answerHeaders.get("x-request-id")).toBe("job-17/step:3");
    expect(relayed["x-request-id"]).toBe("job-17/step:3");
    expect(route.requestId).toBe("job-17/step:3");
  });
});

describe("from a peer that is not trusted", () => {
  const target = useTestProxy({ yaml: 'server: { trustedProxies: ["10.0.0.0/8", "fd00::/8"] }' });

  test.each(located)("$name changes nothing", async ({ headers }) => {
    const { route, answerHeaders, relayed } = await chat(target(), headers);
    expect(answerHeaders.get("x-region-code")).toBe("DEFAULT");
    expect(route).toMatchObject({ country: "DEFAULT", countrySource: "none", model: "gemini-2.5-flash" });
    expect(relayed["x-edge-region"]).toBe("DEFAULT");
    expect(relayed["x-original-forwarded-for"]).toBe("127.0.0.1");
  });

  test("x-request-start changes nothing", async () => {
    const { answerHeaders } = await chat(target(), { "x-request-start": String(Date.now() - longAgoMs) });
    expect(answerHeaders.get("x-edge-latency-ms")).toMatch(/^\d+$/);
    expect(Number(answerHeaders.get("x-edge-latency-ms"))).toBeLessThan(longAgoMs);
  });
});

async function chat({ proxy, relay }: TestProxy, headers: Readonly<Record<string, string>>) {
  const answer = await callJson(proxy.url, "Chat", request, headers);
  expect(answer.status).toBe(200);
  const { route } = fromJson(ChatResponseSchema, answer.body);
  if (route === undefined) throw new Error("the answer has no route");
  return { route, answerHeaders: answer.headers, relayed: lastChatCall(relay).headers };
}
