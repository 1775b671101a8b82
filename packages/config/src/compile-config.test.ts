// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { inspect } from "node:util";
import { type Endpoint, Secret } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { compile, compileOrThrow, noFiles } from "./test/compile.js";

const endpoint = (name: string, rest = "") =>
  `{name: ${name}, baseUrl: "https://${name}.example/v1/", credentials: [{name: new, key: "\${env:KEY}"}]${rest}}`;

describe("the defaults", () => {
  const runtime = compileOrThrow("");

  test("are those of the design", () => {
    const models = [...runtime.routing.models.values()].map((model) => [
      model.id,
      model.prices.base.outputNanoUsd,
      model.contextWindowTokens,
      model.requestsPerMinute,
      model.fallbacks.join(" "),
    ]);
    expect(models).toEqual([
      ["gpt-4.1", 8_000_000_000n, 1_047_576, undefined, "claude-sonnet-4.5 gemini-2.5-flash"],
      ["claude-sonnet-4.5", 15_000_000_000n, 200_000, undefined, "gemini-2.5-flash"],
      ["gemini-2.5-flash", 2_500_000_000n, 1_048_576, undefined, "gpt-4.1 claude-sonnet-4.5"],
      ["deepseek-v3.2", 420_000_000n, 128_000, 1200, "gemini-2.5-flash gpt-4.1"],
    ]);
    expect(Object.fromEntries(runtime.routing.regions)).toEqual({
      ID: { model: "deepseek-v3.2", maxTokens: 256, temperature: 0.3 },
      VN: { model: "deepseek-v3.2", maxTokens: 256, temperature: 0.3 },
      KR: { model: "gemini-2.5-flash", maxTokens: 512, temperature: 0.5 },
      SG: { model: "gpt-4.1", maxTokens: 1024, temperature: 0.7 },
      DEFAULT: { model: "gemini-2.5-flash", maxTokens: 512, temperature: 0.5 },
    });
    expect(runtime.routing.tierModels).toEqual({ low: "deepseek-v3.2", high: "gpt-4.1" });
    expect(runtime.routing.aliases.size).toBe(0);
    expect(runtime.routing.endpoints).toEqual([]);
    expect(runtime.server).toMatchObject({ host: "127.0.0.1", port: 8080, tls: undefined, drainMs: 330_000 });
    expect(runtime.server.openai).toEqual({ keepAliveMs: 15_000 });
    expect(runtime.admin).toEqual({ host: "127.0.0.1", port: 9090 });
  });

  test("let drain outlast the longest stream", () => {
    expect(compileOrThrow("dispatch: {limits: {streamMs: 400000}}").server.drainMs).toBe(430_000);
    expect(compileOrThrow("server: {drainMs: 5000}").server.drainMs).toBe(5_000);
  });
});

const free = { inputNanoUsd: 0n, cachedInputNanoUsd: undefined, reasoningNanoUsd: undefined };

describe("models and regions", () => {
  test("prices of a list count from their dates on", () => {
    const { routing } = compileOrThrow(
      "models: {gpt-4.1: {prices: [{reasoningUsdPerMillionTokens: 9}, " +
        "{validFrom: 2027-01-01, outputUsdPerMillionTokens: 6}, {validFrom: '2027-01-01T00:00:01Z'}]}}",
    );
    const at = (validFromMs: number, outputNanoUsd: bigint) => ({ validFromMs, prices: { ...free, outputNanoUsd } });
    expect(routing.models.get("gpt-4.1")?.prices).toEqual({
      base: { ...free, outputNanoUsd: 8_000_000_000n, reasoningNanoUsd: 9_000_000_000n },
      changes: [at(Date.UTC(2027, 0), 6_000_000_000n), at(Date.UTC(2027, 0, 1, 0, 0, 1), 8_000_000_000n)],
    });
  });

  test("in the file change and add to the built-in ones", () => {
    const { routing } = compileOrThrow(
      "models:\n" +
        "  deepseek-v3.2: {upstreamName: deepseek-chat, requestsPerMinute: null}\n" +
        '  qwen3: {prices: {outputUsdPerMillionTokens: "0.3", cachedInputUsdPerMillionTokens: 0.01}, contextWindowTokens: 9}\n' +
        "regions:\n  ID: {temperature: 0.9}\n  TH: {model: qwen3}\n  SG: false\n",
    );
    expect(routing.models.get("deepseek-v3.2")).toEqual({
      id: "deepseek-v3.2",
      upstreamName: "deepseek-chat",
      prices: { base: { ...free, outputNanoUsd: 420_000_000n }, changes: [] },
      contextWindowTokens: 128_000,
      requestsPerMinute: undefined,
      fallbacks: ["gemini-2.5-flash", "gpt-4.1"],
    });
    expect(routing.models.get("qwen3")).toEqual({
      id: "qwen3",
      upstreamName: "qwen3",
      prices: { base: { ...free, outputNanoUsd: 300_000_000n, cachedInputNanoUsd: 10_000_000n }, changes: [] },
      contextWindowTokens: 9,
      requestsPerMinute: undefined,
      fallbacks: [],
    });
    expect(routing.models.size).toBe(5);
    expect(routing.regions.get("ID")).toEqual({ model: "deepseek-v3.2", maxTokens: 256, temperature: 0.9 });
    expect(routing.regions.get("TH")).toEqual({ model: "qwen3", maxTokens: undefined, temperature: undefined });
    expect(routing.regions.has("SG")).toBe(false);
  });

  test("go with a removed model where they are built in", () => {
    const { routing } = compileOrThrow(
      "models: {deepseek-v3.2: null, claude-sonnet-4.5: false}\nrouting: {tiers: {low: gpt-4.1}}",
    );
    expect([...routing.models.keys()]).toEqual(["gpt-4.1", "gemini-2.5-flash"]);
    expect(routing.models.get("gemini-2.5-flash")?.fallbacks).toEqual(["gpt-4.1"]);
    expect([...routing.regions.keys()]).toEqual(["KR", "SG", "DEFAULT"]);
  });
});

describe("aliases", () => {
  test("stand for models and for the choice of one, under the names of removed models too", () => {
    const { routing } = compileOrThrow(
      "models: {claude-sonnet-4.5: null}\n" +
        "routing: {aliases: {smart: gpt-4.1, best: auto, 구글: gemini-2.5-flash, claude-sonnet-4.5: gpt-4.1}}",
    );
    expect(Object.fromEntries(routing.aliases)).toEqual({
      smart: "gpt-4.1",
      best: "auto",
      구글: "gemini-2.5-flash",
      "claude-sonnet-4.5": "gpt-4.1",
    });
  });
});

test("a canary has its models, and the times of its rollout in milliseconds", () => {
  const text =
    "routing: {canary: {name: key-2, percentage: 5, models: {gpt-4.1: deepseek-v3.2}, rollout: {stepHours: 0.5}}}";
  const { canary } = compileOrThrow(text).routing;
  expect(canary).toMatchObject({ name: "key-2", percentage: 5, salt: "meridian", stateFile: undefined });
  expect([...canary.models]).toEqual([["gpt-4.1", "deepseek-v3.2"]]);
  expect(canary.rollout).toEqual({
    stepPoints: 10,
    stepMs: 1_800_000,
    fullAfterMs: 14 * 24 * 3_600_000,
    errorPoints: 2,
    latencyPercent: 30,
    falseAbortPercent: 5,
  });
  expect(compileOrThrow("").routing.canary.rollout).toBeUndefined();
});

describe("the runtime configuration", () => {
  const text = `endpoints: [${endpoint("a", ", models: [gpt-4.1]")}]`;
  const runtime = compileOrThrow(text, { environment: { KEY: "sk-hidden" } });

  test("has the endpoints of the file, without the slash at the end", () => {
    const expected: Endpoint = {
      name: "a",
      baseUrl: "https://a.example/v1",
      models: ["gpt-4.1"],
      credentials: [{ name: "new", version: "new", cohort: undefined, key: new Secret("sk-hidden") }],
    };
    expect(runtime.routing.endpoints).toEqual([expected]);
    expect(runtime.routing.endpoints[0]?.credentials[0]?.key.reveal()).toBe("sk-hidden");
  });

  test("is frozen through and through", () => {
    const seen = new Set<unknown>();
    const check = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null || seen.has(value)) return;
      seen.add(value);
      expect(Object.isFrozen(value), path).toBe(true);
      for (const [key, entry] of value instanceof Map ? value : Object.entries(value)) check(entry, `${path}.${key}`);
    };
    check(runtime, "runtime");
    expect(seen.size).toBeGreaterThan(40);
    for (const map of [runtime.routing.models, runtime.routing.regions, runtime.routing.aliases]) {
      expect(() => Reflect.apply(Reflect.get(map, "set"), map, ["x", 1])).toThrow(TypeError);
      expect(() => Reflect.apply(Reflect.get(map, "delete"), map, ["gpt-4.1"])).toThrow(TypeError);
      expect(() => Reflect.apply(Reflect.get(map, "clear"), map, [])).toThrow(TypeError);
    }
  });

  test("shows its secrets to nobody", () => {
    const shown = [
      inspect(runtime, { depth: null, showHidden: true }),
      JSON.stringify(runtime, (_, value: unknown) => {
        if (typeof value === "bigint") return String(value);
        return value instanceof Map ? [...value] : value;
      }),
    ].join("\n");
    expect(shown).toContain("[redacted]");
    expect(shown).not.toContain("sk-hidden");
  });

  test("has a version that stays with equal content and changes with any other", () => {
    const version = (body: string, key = "sk-hidden") => compileOrThrow(body, { environment: { KEY: key } }).version;
    expect(runtime.version).toMatch(/^[0-9a-f]{12}$/);
    expect(version(`# a comment\nserver: {port: 8080}\n${text}`)).toBe(runtime.version);
    expect(version(text, "sk-other")).not.toBe(runtime.version);
    expect(version(`server: {port: 8081}\n${text}`)).not.toBe(runtime.version);
    expect(version("models: {gpt-4.1: {prices: {outputUsdPerMillionTokens: 8.000000001}}}")).not.toBe(version(""));
    expect(version("models: {gpt-4.1: {prices: {outputUsdPerMillionTokens: '8'}}}")).toBe(version(""));
  });

  test("does not freeze what it was made of", () => {
    const { config } = compile("server: {cors: {allowedOrigins: ['*']}}\nmodels: {gpt-4.1: {fallbacks: []}}", noFiles);
    expect(Object.isFrozen(config.server.cors)).toBe(false);
    expect(Object.isFrozen(config.models)).toBe(false);
  });
});
