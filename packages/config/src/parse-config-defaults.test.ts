import { describe, expect, test } from "vitest";
import { parseConfig } from "./parse-config.js";

describe("a file that can be used", () => {
  test.each([
    ["empty", ""],
    ["of comments", "# nothing\n\n"],
    ["of an empty mapping", "{}"],
    ["with a byte order mark", "\ufeff{}"],
    ["of empty sections", "server: {}\nadmin: {}\nrouting: {tiers: {}}\nmodels: {}"],
  ])("%s gives every default", (_, text) => {
    const result = parseConfig(text);
    expect("config" in result ? result.config : result.problems).toEqual({
      server: {
        host: "127.0.0.1",
        port: 8080,
        trustedProxies: ["127.0.0.0/8", "::1/128"],
        cors: { allowedOrigins: [], maxAgeSeconds: 86_400 },
        openai: { keepAliveMs: 15_000 },
        maxMessageBytes: 4_194_304,
        maxConnections: 10_000,
        maxStreamsPerConnection: 1_024,
        overload: { maxCalls: 4_000, maxQueuedCalls: 2_000, maxQueueMs: 20_000, targetDelayMs: 5 },
        stopDelayMs: 0,
        reflection: true,
        insecure: false,
      },
      admin: { host: "127.0.0.1", port: 9090 },
      tenants: {},
      endpoints: [],
      models: {},
      regions: {},
      routing: {
        tiers: { low: "deepseek-v3.2", high: "gpt-4.1" },
        aliases: {},
        policy: "keywords",
        learned: { budget: {} },
        keywords: {
          lowWords: ["related", "similar", "category", "tag", "match"],
          highWords: ["explain", "analyze", "compare", "evaluate", "recommend"],
          lowBelowTokens: 128,
          highAboveTokens: 512,
        },
        canary: { name: "canary", percentage: 0, salt: "meridian", models: {} },
        defaultTemperature: 0.7,
        defaultMaxTokens: 1000,
        maxEndpointsPerModel: 2,
      },
      dispatch: {
        limits: { headersMs: 8_000, firstTokenMs: 8_000, idleMs: 15_000, unaryMs: 60_000, streamMs: 300_000 },
        retry: {
          maxAttempts: 6,
          rateLimitedTries: 3,
          overloadedTries: 2,
          backoff: { baseMs: 1_000, maxMs: 30_000 },
          budget: { ratio: 0.2, floor: 10, windowMs: 10_000 },
          deadlineShare: 0.6,
        },
        breaker: {
          consecutiveFailures: 5,
          failureRate: 0.5,
          windowMs: 30_000,
          minimumCalls: 20,
          openMs: 10_000,
          accountOpenMs: 60_000,
        },
      },
      deadline: { defaultMs: 120_000, maximumMs: 600_000 },
      probe: { intervalMs: 30_000, timeoutMs: 2_000 },
      redis: { timeoutMs: 50 },
      relay: {
        connectTimeoutMs: 3_000,
        maxConnectionsPerEndpoint: 4_096,
        maxAnswerBytes: 33_554_432,
        maxEventBytes: 1_048_576,
      },
      ledger: { flushMs: 1_000, retentionDays: 400 },
      logging: {
        level: "info",
        sampleSuccesses: 1,
        content: { enabled: false, maxCharacters: 4_096, redact: [] },
      },
    });
  });

  test("may use Norway, and canaries of two decimals", () => {
    expect(parseConfig("regions: {NO: {model: gpt-4.1}}\nrouting: {canary: {percentage: 0.07}}")).toHaveProperty(
      "config",
    );
  });
});
