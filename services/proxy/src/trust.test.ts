import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { lastChatCall } from "./testing/chat-calls.js";
import { type ChatWay, chatWays, type Headings } from "./testing/chat-ways.js";
import type { TestProxy } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

// What a caller says of where it is counts from trusted peers alone, whatever protocol it speaks.

/** Half an hour: no test takes as long. */
const longAgoMs = 1_800_000;

/** What an edge says of its caller. Addresses are of large public networks. */
const told: readonly (readonly [name: string, value: () => string, country: string, address: string])[] = [
  ["cf-ipcountry", () => "ID", "ID", "127.0.0.1"],
  ["x-vercel-ip-country", () => "VN", "VN", "127.0.0.1"],
  ["cloudfront-viewer-country", () => "KR", "KR", "127.0.0.1"],
  ["cf-connecting-ip", () => "203.162.4.191", "VN", "203.162.4.191"],
  ["fly-client-ip", () => "2001:e60::1", "KR", "2001:e60::1"],
  ["x-forwarded-for", () => "202.134.0.155", "ID", "202.134.0.155"],
  ["x-request-start", () => String(Date.now() - longAgoMs), "DEFAULT", "127.0.0.1"],
];
const all = () => Object.fromEntries(told.map(([name, value]) => [name, value()]));

const modelOf: Readonly<Record<string, string>> = {
  ID: "deepseek-v3.2",
  VN: "deepseek-v3.2",
  KR: "gemini-2.5-flash",
  DEFAULT: "gemini-2.5-flash",
};

/** What became of a call, where a place could show. */
async function placeOf({ proxy, relay }: TestProxy, way: ChatWay, headers: Headings) {
  const answer = await way.ask(proxy.url, headers);
  expect(answer.status).toBe(200);
  const call = lastChatCall(relay);
  return {
    region: answer.headers.get("x-region-code"),
    routed: answer.headers.get("x-model-routed"),
    isLate: Number(answer.headers.get("x-edge-latency-ms")) >= longAgoMs,
    model: call.model,
    edgeRegion: call.headers["x-edge-region"],
    address: call.headers["x-original-forwarded-for"],
  };
}

function place(country: string, address: string, isLate = false) {
  const model = modelOf[country];
  return { region: country, routed: model, isLate, model, edgeRegion: country, address };
}

describe("from a peer that is not trusted", () => {
  const target = useTestProxy({ yaml: "server: { trustedProxies: [] }" });

  test.each(chatWays)("no header changes anything: $name", async (way) => {
    const nothing = place("DEFAULT", "127.0.0.1");
    expect(await placeOf(target(), way, {})).toEqual(nothing);
    for (const [name, value] of told) expect(await placeOf(target(), way, { [name]: value() })).toEqual(nothing);
    expect(await placeOf(target(), way, all())).toEqual(nothing);
  });
});

describe("from a trusted peer", () => {
  const target = useTestProxy({ yaml: 'server: { trustedProxies: ["127.0.0.1"] }' });

  test.each(chatWays)("they count: $name", async (way) => {
    for (const [name, value, country, address] of told) {
      const found = await placeOf(target(), way, { [name]: value() });
      expect(found).toEqual(place(country, address, name === "x-request-start"));
    }
    expect(await placeOf(target(), way, all())).toEqual(place("ID", "203.162.4.191", true));
  });
});

describe("of x-forwarded-for the right-most hop that is not trusted counts", () => {
  const target = useTestProxy({ yaml: 'server: { trustedProxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"] }' });
  const spoofed = "202.134.0.155";

  const hops: readonly (readonly [hops: string | string[], country: string, address: string])[] = [
    [`${spoofed}, 168.126.63.1, 10.1.2.3`, "KR", "168.126.63.1"],
    [`${spoofed}, [2001:ee0::1]:4711, [fd00::1]:80`, "VN", "2001:ee0::1"],
    [`${spoofed}, 2001:EE0:0:0::1`, "VN", "2001:ee0::1"],
    [`${spoofed}, 168.126.63.1:55000, 10.1.2.3:80`, "KR", "168.126.63.1"],
    [`${spoofed}, ::ffff:168.126.63.1, ::ffff:10.1.2.3`, "KR", "168.126.63.1"],
    [`${spoofed}, [::ffff:a87e:3f01]:1, [::ffff:a01:203]:2`, "KR", "168.126.63.1"],
    [`${spoofed}, 192.168.0.1`, "DEFAULT", "192.168.0.1"],
    [[spoofed, "168.126.63.1"], "KR", "168.126.63.1"],
    [["168.126.63.1, 10.1.2.3", "10.1.2.4"], "KR", "168.126.63.1"],
    // What is no address ends the search: nobody vouches for what stands left of it.
    ...["unknown", "_hidden", "0x7f.0.0.1", "127.1", "168.126.63.1;", "1.2.3.4.5", "::1::", "10.0.0.1 10.0.0.2"].map(
      (garbage) => [`${spoofed}, ${garbage}, 10.1.2.3`, "DEFAULT", "127.0.0.1"] as const,
    ),
    [`${spoofed}, 1\u00e9.2.3.4`, "DEFAULT", "127.0.0.1"],
  ];

  const ways = chatWays.filter(({ name }) => ["Connect JSON, HTTP/1.1", "gRPC stream", "OpenAI"].includes(name));
  test.each(hops)("%j is %s, %s", async (value, country, address) => {
    for (const way of ways)
      expect(await placeOf(target(), way, { "x-forwarded-for": value })).toEqual(place(country, address));
  });

  test.each(["ID, VN", "I", "IDN", "\u00df", "\u00ccD", "XX", "T1", "I D", "DEFAULT", "{}"])(
    "a country of %j is none",
    async (value) => {
      for (const way of ways)
        expect(await placeOf(target(), way, { "cf-ipcountry": value })).toEqual(place("DEFAULT", "127.0.0.1"));
    },
  );
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

describe.skipIf(!hasIpv6)("an address of IPv6", () => {
  const mapped = useTestProxy({
    yaml: 'server: { host: "::", insecure: true, trustedProxies: ["127.0.0.0/8"] }',
  });
  const urlFrom = (peer: string) => mapped().proxy.url.replace("[::]", peer);
  const find = async (peer: string) => {
    const from = { ...mapped(), proxy: { ...mapped().proxy, url: urlFrom(peer) } };
    const [way] = chatWays;
    return way && placeOf(from, way, { "cf-ipcountry": "ID" });
  };

  test("is not trusted where only those of IPv4 are, but a mapped one is", async () => {
    expect(await find("[::1]")).toEqual(place("DEFAULT", "::1"));
    expect(await find("127.0.0.1")).toEqual(place("ID", "127.0.0.1"));
  });
});
