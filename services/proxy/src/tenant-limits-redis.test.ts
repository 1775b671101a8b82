import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type TestContext, test, vi } from "vitest";
import { spawnProxy } from "./testing/spawn-command.js";
import { startRedis } from "./testing/start-redis.js";
import { startRelayProcess } from "./testing/start-relay-process.js";
import { answeredOf, callAs, metricOf, spendBudget, writeKeyFile } from "./testing/tenant-calls.js";

// Two processes as people start them, with one Redis.

const tenants = {
  fifty: "{ limits: { requestsPerMinute: 50 } }",
  frugal: "{ limits: { usdPerDay: 0.001 } }",
  apart: "{ limits: { requestsPerMinute: 50 } }",
  after: "{ limits: { requestsPerMinute: 50 } }",
  busy: "{ limits: { concurrentCalls: 100 } }",
};

async function startTwo(context: TestContext) {
  const redis = await startRedis(context);
  const directory = mkdtempSync(join(tmpdir(), "meridian-tenants-"));
  const relay = await startRelayProcess("--answer-tokens", "8", "--latency-ms", "20", "--tokens-per-second", "400");
  const [keys, config] = [join(directory, "keys.json"), join(directory, "meridian.yaml")];
  writeKeyFile(keys, Object.keys(tenants));
  // A busy machine is not a Redis that is away.
  writeFileSync(
    config,
    `redis: { timeoutMs: 5000 }
auth: { apiKeys: { file: ${keys} } }
tenants: { ${Object.entries(tenants)
      .map(([name, tenant]) => `${name}: ${tenant}`)
      .join(", ")} }
`,
  );
  const environment = {
    MERIDIAN_CONFIG: config,
    REDIS_URL: redis.url,
    RELAY_BASE_URL: relay.baseUrl,
    RELAY_API_KEY: "k",
  };
  const proxies = await Promise.all([spawnProxy(environment), spawnProxy(environment)]);
  context.onTestFinished(async () => {
    for (const { child } of proxies) child.kill("SIGKILL");
    await Promise.all(proxies.map(({ exited }) => exited));
    await relay.stop();
    rmSync(directory, { recursive: true });
  });
  return {
    redis,
    urls: proxies.map(({ url }) => url),
    adminUrls: proxies.map(({ adminUrl }) => adminUrl),
    output: () => proxies.map(({ output }) => output()),
  };
}

test("two processes share limits; with Redis killed calls go on by shares; when it is back limits hold again", {
  timeout: 120_000,
}, async (context) => {
  const { redis, urls, adminUrls, output } = await startTwo(context);

  expect(await answeredOf("fifty", urls, 200)).toBe(50);

  const before = await metricOf(adminUrls, "meridian_cost_nano_usd_total");
  await spendBudget("frugal", urls);
  const used = (await metricOf(adminUrls, "meridian_cost_nano_usd_total")) - before;
  // A call costs 8 tokens at 8,000 nano-USD.
  expect(used).toBeGreaterThanOrEqual(1_000_000);
  expect(used).toBeLessThan(1_000_000 + 64_000);

  // Each process learns of the other.
  for (const url of [...urls, ...urls]) expect((await callAs("apart", url)).status).toBe(200);
  let isOver = false;
  let answered = 0;
  const steady = urls.map(async (url) => {
    while (!isOver) {
      expect((await callAs("busy", url)).status).toBe(200);
      answered += 1;
    }
  });
  await redis.kill();
  await vi.waitFor(async () => expect(await metricOf(adminUrls, "meridian_redis_away")).toBe(2), 10_000);
  const duringOutage = answered;
  const shares = await Promise.all(urls.map((url) => answeredOf("apart", [url], 60)));
  expect(shares).toEqual([25, 25]);
  // The budget stays used up.
  for (const url of urls) expect((await callAs("frugal", url)).code).toBe("insufficient_quota");
  expect(answered).toBeGreaterThan(duringOutage);

  await redis.restart();
  await vi.waitFor(async () => expect(await metricOf(adminUrls, "meridian_redis_away")).toBe(0), 10_000);
  isOver = true;
  await Promise.all(steady);
  expect(await answeredOf("after", urls, 200)).toBe(50);
  for (const url of urls) expect((await callAs("frugal", url)).code).toBe("insufficient_quota");
  for (const log of output()) {
    expect(log).toContain("Redis is away");
    expect(log).toContain("Redis is back");
    expect(log).not.toMatch(/"level":"(error|fatal)"/);
  }
});
