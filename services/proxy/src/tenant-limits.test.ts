import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { callJson, getJson } from "./testing/call-json.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { answeredOf, callAs, keyOf, metricOf, spendBudget, writeKeyFile } from "./testing/tenant-calls.js";

// What tenants may do, through both faces of one process.

const directory = mkdtempSync(join(tmpdir(), "meridian-tenants-"));
const keyFile = join(directory, "keys.json");
const tenants = {
  free: "{}",
  fifty: "{ limits: { requestsPerMinute: 50 } }",
  frugal: "{ limits: { usdPerDay: 0.001 } }",
  narrow: "{ limits: { concurrentCalls: 1 } }",
  told: "{ limits: { requestsPerMinute: 2, tokensPerMinute: 1000 } }",
  european: "{ rights: { regions: [eu], models: [gpt-4.1, deepseek-v3.2], tiers: [low] } }",
};

let target: TestProxy;
beforeAll(async () => {
  writeKeyFile(keyFile, Object.keys(tenants));
  const endpoint = (name: string, region: string, url: string) =>
    `{ name: ${name}, region: ${region}, baseUrl: "${url}", credentials: [{ name: main, key: "\${env:TEST_RELAY_KEY}" }] }`;
  target = await startTestProxy({
    relay: {
      models: [
        { id: "gpt-4.1", latencyMs: 20, tokensPerSecond: 400, answerTokens: 8 },
        { id: "deepseek-v3.2" },
        { id: "gemini-2.5-flash", tokensPerSecond: 100, answerTokens: 100 },
      ],
    },
    yaml: (url) => `
endpoints: [${endpoint("tokyo", "asia", url)}, ${endpoint("frankfurt", "eu", url)}]
tenants: { ${Object.entries(tenants)
      .map(([name, tenant]) => `${name}: ${tenant}`)
      .join(", ")} }
auth: { apiKeys: { file: ${keyFile} } }
routing: { aliases: { strong: claude-sonnet-4.5 } }
`,
    readFile: (path) => readFileSync(path, "utf8"),
  });
});
afterAll(async () => {
  await target.stop();
  rmSync(directory, { recursive: true });
});

const postCalls = () => target.relay.calls.filter(({ method }) => method === "POST").length;
const as = (tenant: string) => ({ authorization: `Bearer ${keyOf(tenant)}` });
const chat = { messages: [{ role: "user", content: "Find a similar category" }], max_tokens: 10 };

describe("a tenant's limits", () => {
  test("of 200 calls at once against 50 a minute exactly 50 get through", async () => {
    const before = postCalls();
    expect(await answeredOf("fifty", [target.proxy.url], 200)).toBe(50);
    expect(postCalls() - before).toBe(50);
  });

  test("a budget of 1,000,000 nano-USD is used to its end, and overspent by one call at most", async () => {
    const { url, adminUrl } = target.proxy;
    const spent = () => metricOf([adminUrl], "meridian_cost_nano_usd_total");
    const before = await spent();
    await spendBudget("frugal", [url]);
    const used = (await spent()) - before;
    // A call costs 8 tokens at 8,000 nano-USD.
    expect(used).toBeGreaterThanOrEqual(1_000_000);
    expect(used).toBeLessThan(1_000_000 + 64_000);
  });

  test("are told with their name, their figures and a delay, in both faces", async () => {
    const slow = callAs("narrow", target.proxy.url, { body: { model: "gemini-2.5-flash", max_tokens: 200 } });
    await vi.waitFor(async () => {
      const { status, body, headers } = await callJson(target.proxy.url, "Chat", chat, as("narrow"));
      expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
      expect(body).toMatchObject({
        code: "resource_exhausted",
        message: "the tenant's limit concurrent_calls is reached: 1 of 1 are used or reserved, this call needs up to 1",
        details: [
          {
            debug: {
              reason: "tenant_limit",
              retry_delay: "1s",
              limit: { name: "concurrent_calls", maximum: "1", used: "1", asked: "1" },
            },
          },
        ],
      });
    });
    await slow;
  });

  test("are told in the headers of OpenAI, and say when to come again", async () => {
    const url = target.proxy.url;
    const first = await callAs("told", url);
    expect(first.headers.get("x-ratelimit-limit-requests")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
    expect(first.headers.get("x-ratelimit-limit-tokens")).toBe("1000");
    await callAs("told", url);
    const refused = await callAs("told", url);
    expect([refused.status, refused.code]).toEqual([429, "tenant_limit"]);
    expect(refused.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(refused.headers.get("x-should-retry")).toBe("true");
    const delayMs = Number(refused.headers.get("retry-after-ms"));
    expect(delayMs).toBeGreaterThan(55_000);
    expect(delayMs).toBeLessThanOrEqual(65_000);
  });

  test("a call that is over is given back, however it ended", async () => {
    const url = target.proxy.url;
    await callAs("narrow", url, { isCanceled: true });
    await vi.waitFor(async () => expect((await callAs("narrow", url)).status).toBe(200), 5_000);
    // It takes its relay four times as long to begin.
    const late = await callJson(
      url,
      "Chat",
      { ...chat, model: "gpt-4.1" },
      { ...as("narrow"), "connect-timeout-ms": "5" },
    );
    expect(late.status).not.toBe(200);
    await vi.waitFor(async () => expect((await callAs("narrow", url)).status).toBe(200), 5_000);
  });
});

describe("a tenant's rights", () => {
  test("decide where a call goes", async () => {
    const { status, body } = await callJson(target.proxy.url, "Chat", chat, as("european"));
    expect([status, body]).toMatchObject([200, { route: { endpoint: "frankfurt", model: "deepseek-v3.2" } }]);
  });

  test("ExplainRoute tells what they leave out", async () => {
    const { body } = await getJson(target.proxy.url, "ExplainRoute", { chat }, as("european"));
    expect(body).toMatchObject({
      candidates: [
        { endpoint: "frankfurt", model: "deepseek-v3.2" },
        { endpoint: "frankfurt", model: "gpt-4.1" },
      ],
      excluded: expect.arrayContaining([
        expect.objectContaining({ endpoint: "tokyo", reason: "the tenant may not use endpoints in asia" }),
        expect.objectContaining({ model: "gemini-2.5-flash", reason: "the tenant may not use this model" }),
      ]),
    });
  });

  test.each<[string, object, string]>([
    ["model", { model: "claude-sonnet-4.5" }, "model"],
    ["model by an alias", { model: "strong" }, "model"],
    ["tier", { routing: { tier: "high" } }, "routing.tier"],
  ])("refuse a %s that is not theirs", async (_name, more, field) => {
    const { status, body } = await callJson(target.proxy.url, "Chat", { ...chat, ...more }, as("european"));
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: "permission_denied",
      details: [{ debug: { reason: "not_allowed", violations: [{ field }] } }],
    });
  });

  test("refuse in the OpenAI form too", async () => {
    const refused = await callAs("european", target.proxy.url, { body: { model: "gemini-2.5-flash" } });
    expect([refused.status, refused.code]).toEqual([403, "not_allowed"]);
  });

  test("show the models that are theirs, and aliases of these", async () => {
    const { body } = await getJson(target.proxy.url, "ListModels", {}, as("european"));
    expect(body).toMatchObject({ models: [{ id: "deepseek-v3.2" }, { id: "gpt-4.1" }] });
    const names = async (tenant: string) => {
      const response = await fetch(`${target.proxy.url}/v1/models`, { headers: as(tenant) });
      // The form of OpenAI's list, see docs/openai.md.
      const { data } = (await response.json()) as { data: { id: string }[] };
      return data.map(({ id }) => id);
    };
    expect(await names("european")).toEqual(["deepseek-v3.2", "gpt-4.1", "auto"]);
    expect(await names("free")).toContain("strong");
  });
});
