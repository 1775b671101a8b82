import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chatWays } from "./testing/chat-ways.js";
import { shortLimits } from "./testing/short-limits.js";
import { type MarkingRelay, startMarkingRelay } from "./testing/start-marking-relay.js";
import { startTestProxy, type TestProxy, testRelayKey } from "./testing/start-test-proxy.js";

// What a caller sends goes no further than Meridian, and what a relay answers comes no further, but for what the two
// have to know of each other. Nothing that either says moves a call to another address.

let relay: MarkingRelay;
let elsewhere: MarkingRelay;
let target: TestProxy;
beforeAll(async () => {
  relay = await startMarkingRelay();
  elsewhere = await startMarkingRelay();
  target = await startTestProxy({
    yaml: `
endpoints: [{ name: only, baseUrl: "${relay.baseUrl}", credentials: [{ name: main, key: "\${env:TEST_RELAY_KEY}" }] }]
${shortLimits}`,
  });
});
afterAll(async () => {
  await target?.stop();
  await Promise.all([relay?.close(), elsewhere?.close()]);
});
beforeEach(() => {
  relay.answer = { status: 200, headers: {} };
});

const mark = "planted-0c2f";

/** Of the caller's, in either version of HTTP. */
const callersHeaders = {
  te: "trailers",
  via: `1.1 ${mark}`,
  forwarded: `for=192.0.2.1;by=${mark}`,
  "proxy-authorization": `Bearer ${mark}`,
  "proxy-authenticate": mark,
  authorization: `Bearer ${mark}`,
  "x-api-key": mark,
  "api-key": mark,
  cookie: `session=${mark}`,
  "user-agent": mark,
  "openai-organization": mark,
  "openai-project": mark,
  "x-edge-region": mark,
  "x-original-forwarded-for": mark,
  "x-key-version": mark,
  "x-forwarded-host": mark,
  "x-forwarded-proto": mark,
  "x-original-url": `/${mark}`,
  "x-rewrite-url": `/${mark}`,
  "x-http-method-override": "DELETE",
  expect: undefined,
  baggage: `a=${mark}`,
};
/** Those of one connection, which HTTP/2 does not have (RFC 9113, section 8.2.2). */
const http1Headers = {
  connection: `close, x-listed-${mark}`,
  [`x-listed-${mark}`]: "1",
  "keep-alive": `timeout=5, ${mark}`,
  "proxy-connection": mark,
  upgrade: mark,
};
const given = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** All that a relay is sent. */
const relayed = [
  ...["accept", "authorization", "connection", "content-length", "content-type", "host", "user-agent"],
  ...["x-edge-region", "x-key-version", "x-original-forwarded-for", "x-request-id"],
];

describe("of the caller's headers none reaches the relay", () => {
  test.each(chatWays)("$name", async ({ httpVersion, ask }) => {
    const headers = given({ ...callersHeaders, ...(httpVersion === 1 ? http1Headers : {}) });
    const answer = await ask(target.proxy.url, headers);
    expect(answer.status).toBe(200);
    const received = relay.chats.at(-1);
    expect(JSON.stringify(received)).not.toContain(mark);
    expect(Object.keys(received?.headers ?? {}).sort()).toEqual(relayed);
    expect(received).toMatchObject({
      method: "POST",
      target: "/v1/chat/completions",
      headers: {
        authorization: `Bearer ${testRelayKey}`,
        connection: "keep-alive",
        "x-edge-region": "DEFAULT",
        "x-original-forwarded-for": "127.0.0.1",
        "x-key-version": "main",
      },
    });
  });
});

const relaysHeaders = {
  "set-cookie": [`a=${mark}`, `b=${mark}`],
  server: mark,
  via: `1.1 ${mark}`,
  "x-powered-by": mark,
  "x-internal-host": mark,
  "x-request-id": mark,
  "x-model-routed": mark,
  "x-region-code": mark,
  "x-edge-latency-ms": mark,
  "x-config-version": mark,
  "x-edge-region": mark,
  "x-key-version": mark,
  "x-meridian-attempts": mark,
  "x-ratelimit-limit-requests": mark,
  "openai-organization": mark,
  "cf-ray": mark,
  "alt-svc": `h2="${mark}:443"`,
  "www-authenticate": `Bearer realm="${mark}"`,
  "proxy-authenticate": mark,
  "access-control-allow-origin": `https://${mark}`,
  "strict-transport-security": mark,
  link: `<https://${mark}>`,
  "grpc-status": "16",
  "grpc-message": mark,
  "keep-alive": `timeout=5, ${mark}`,
  connection: `close, x-listed-${mark}`,
  [`x-listed-${mark}`]: mark,
  trailer: mark,
};

/** All that a caller is sent, in whatever protocol. */
const answered = [
  ...["connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"],
  ...["vary", "cache-control", "retry-after", "accept-encoding", "grpc-accept-encoding", "connect-accept-encoding"],
  ...["x-config-version", "x-edge-latency-ms", "x-model-routed", "x-region-code", "x-request-id", "x-should-retry"],
  ...["x-meridian-attempts", "x-meridian-cache", "x-meridian-cost-nano-usd", "x-accel-buffering"],
  ...["grpc-status", "grpc-message", "grpc-status-details-bin"],
];

describe.each([200, 400, 401, 429, 500, 503])(
  "of the headers of a relay that answers %i none reaches the caller",
  (status) => {
    test.each(chatWays)("$name", async ({ ask }) => {
      relay.answer = { status, headers: relaysHeaders };
      const { headers, trailers, body } = await ask(target.proxy.url);
      const names = [...headers.keys(), ...trailers.keys()];
      expect(names.filter((name) => !answered.includes(name))).toEqual([]);
      expect(JSON.stringify([[...headers], [...trailers], body.toString()])).not.toContain(mark);
      expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
    });
  },
);

describe.each([301, 302, 303, 307, 308])("a redirect, %i", (status) => {
  test.each(chatWays)("is not followed, and a failure of its kind: $name", async ({ ask, reasonOf }) => {
    relay.answer = { status, headers: { location: `${elsewhere.baseUrl}/chat/completions?${mark}` } };
    const before = relay.chats.length;
    const answer = await ask(target.proxy.url);
    expect(reasonOf(answer)).toBe("malformed_answer");
    // One for each model of the chain.
    const asked = relay.chats.slice(before).map(({ target }) => target);
    expect(new Set(asked)).toEqual(new Set(["/v1/chat/completions"]));
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(elsewhere.chats).toEqual([]);
    const { headers, trailers, body } = answer;
    expect(headers.get("location")).toBeNull();
    expect(JSON.stringify([[...headers], [...trailers], body.toString("latin1")])).not.toContain(mark);
  });
});

const json = '{"messages":[{"role":"user","content":"Hi"}]}';

/** Sends a request line and headers to the letter, and gives the whole answer. */
async function sendRaw(head: string): Promise<string> {
  const socket = connect(Number(new URL(target.proxy.url).port), "127.0.0.1");
  socket.write(
    `${head}\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\nConnection: close\r\n\r\n${json}`,
  );
  return await text(socket);
}

describe("a call goes to the configured address alone", () => {
  const rpcPath = "/meridian.inference.v1.InferenceService/Chat";

  test.each(["/v1/chat/completions", rpcPath])("whatever Host says of %s", async (path) => {
    const { host } = new URL(elsewhere.baseUrl);
    for (const name of [host, `user@${host}`, "relay.example"]) {
      const before = relay.chats.length;
      await sendRaw(`POST ${path} HTTP/1.1\r\nHost: ${name}`);
      for (const chat of relay.chats.slice(before)) expect(chat.headers.host).toBe(new URL(relay.baseUrl).host);
    }
    expect(elsewhere.chats).toEqual([]);
    expect(await sendRaw(`POST ${path} HTTP/1.1\r\nHost: ${host}`)).toMatch(/^HTTP\/1.1 200 /);
  });

  test("a target in the form for proxies is no way through", async () => {
    const { host } = new URL(elsewhere.baseUrl);
    for (const path of ["/v1/chat/completions", rpcPath])
      for (const absolute of [`http://${host}${path}`, `//${host}${path}`, `http://user@${host}${path}`])
        expect(await sendRaw(`POST ${absolute} HTTP/1.1\r\nHost: ${host}`)).toMatch(
          /^HTTP\/1.1 404 [\s\S]*no such path/,
        );
    expect(await sendRaw(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}`)).not.toMatch(/^HTTP\/1.1 2/);
    expect(elsewhere.chats).toEqual([]);
  });

  test.each(["Connect JSON, HTTP/1.1", "OpenAI"])("nor does a field of the body move it: %s", async (name) => {
    const ask = chatWays.find((way) => way.name === name)?.ask;
    const url = `${elsewhere.baseUrl}/`;
    const extra = {
      ...{ base_url: url, baseUrl: url, api_base: url, url, endpoint: url, host: url, proxy: url, path: "/other" },
      ...{ api_key: mark, headers: { authorization: mark }, extra_headers: { authorization: mark } },
    };
    const before = relay.chats.length;
    const answer = await ask?.(target.proxy.url, {}, name === "OpenAI" ? extra : { extra_body: extra });
    expect([name, answer?.status]).toEqual([name, 200]);
    expect(relay.chats.slice(before)).toMatchObject([
      { target: "/v1/chat/completions", headers: { authorization: `Bearer ${testRelayKey}` } },
    ]);
    expect(elsewhere.chats).toEqual([]);
  });
});

describe("what becomes a header to the relay is checked", () => {
  const values = ["caf\u00e9", "\u00ff", "a b", "a,b", "a\tb", "\u00a0", "x".repeat(129), '"', "{}", "a;b"];

  test.each(values)("a request id of %j is replaced", async (value) => {
    for (const { ask } of chatWays) {
      const { headers } = await ask(target.proxy.url, { "x-request-id": value });
      expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
      expect(relay.chats.at(-1)?.headers["x-request-id"]).toBe(headers.get("x-request-id"));
    }
  });

  test.each([
    ["a line break and a header", "a\r\nX-Planted: b"],
    ["a line feed alone", "a\nX-Planted: b"],
    ["a carriage return alone", "a\rX-Planted: b"],
    ["NUL", "a\0b"],
    ["a folded line", "a\r\n X-Planted: b"],
  ])("%s in a request id or a country stays where it is", async (_name, value) => {
    for (const header of ["x-request-id", "cf-ipcountry", "x-forwarded-for"]) {
      const before = relay.chats.length;
      await sendRaw(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n${header}: ${value}`);
      for (const { headers } of relay.chats.slice(before)) {
        expect(Object.keys(headers).sort()).toEqual(relayed);
        expect(JSON.stringify(headers)).not.toMatch(/planted/i);
      }
    }
  });
});
