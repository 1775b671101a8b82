import type { ConfigProblem, RuntimeConfig } from "@meridian/config";
import { describe, expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { createConfigReloads } from "./config-reloads.js";
import type { LoadedConfig } from "./config-source.js";

const relay = { RELAY_BASE_URL: "http://relay.example/v1", RELAY_API_KEY: "sk-planted" };
const started = compileTestConfig("", relay);

function compiled(yaml: string, environment = relay): LoadedConfig {
  return { config: compileTestConfig(yaml, environment) };
}

/** Reloads that find these, one after the other. */
function start(found: readonly LoadedConfig[], follow: (config: RuntimeConfig) => void = () => {}) {
  const rest = [...found];
  const outcomes: string[] = [];
  const lines: unknown[][] = [];
  const followed: string[] = [];
  let timeMs = 0;
  const log = (...line: unknown[]) => lines.push(line);
  const reloads = createConfigReloads({
    source: { load: () => rest.shift() ?? { config: started }, files: () => new Map() },
    started,
    follow(config) {
      follow(config);
      followed.push(config.version);
    },
    metrics: { configReloaded: (outcome) => outcomes.push(outcome) },
    logger: { info: log, warn: log, error: log },
    timeOfDayMs: () => (timeMs += 1_000),
  });
  return { reloads, outcomes, lines, followed };
}

const problem: ConfigProblem = { path: "server.prot", line: 3, column: 1, message: "unknown key" };

describe("a reload", () => {
  test("has another configuration followed, and names what has changed", () => {
    const next = compiled("deadline: { defaultMs: 5000 }", { ...relay, RELAY_API_KEY: "sk-planted-2" });
    const { reloads, outcomes, lines, followed } = start([next]);
    reloads.reload();
    const version = "config" in next ? next.config.version : "";
    expect(followed).toEqual([version]);
    expect(outcomes).toEqual(["applied"]);
    expect(lines).toEqual([
      [
        {
          configVersion: version,
          changed: ["deadline.defaultMs", "endpoints.relay.credentials.primary.key"],
          changes: 2,
        },
        "the configuration was reloaded",
      ],
    ]);
    expect(JSON.stringify(lines)).not.toContain("planted");
    expect(reloads.status()).toMatchObject({ configVersion: version, loadedAt: "1970-01-01T00:00:02.000Z" });
  });

  test("of an equal configuration changes nothing", () => {
    const { reloads, outcomes, followed } = start([compiled("")]);
    reloads.reload();
    expect([outcomes, followed]).toEqual([["unchanged"], []]);
    expect(reloads.status().loadedAt).toBe("1970-01-01T00:00:01.000Z");
  });

  test("of a bad one keeps the last good one, and says what is wrong until a good one is read", () => {
    const { reloads, outcomes, lines, followed } = start([{ problems: [problem] }]);
    reloads.reload();
    expect(followed).toEqual([]);
    expect(lines[0]?.[0]).toEqual({ problems: [problem], configVersion: started.version });
    expect(reloads.status()).toMatchObject({
      configVersion: started.version,
      lastFailedReload: { at: "1970-01-01T00:00:02.000Z", problems: [{ path: "server.prot", line: 3 }] },
    });
    reloads.reload();
    expect(outcomes).toEqual(["failed", "unchanged"]);
    expect(reloads.status().lastFailedReload).toBeNull();
  });

  test("of one that cannot be followed counts as failed, and the next is compared with the one that runs", () => {
    let isBad = true;
    const next = compiled("deadline: { defaultMs: 5000 }");
    const { reloads, outcomes } = start([next, next], () => {
      if (isBad) throw new Error("unusable");
    });
    reloads.reload();
    expect(reloads.status()).toMatchObject({ configVersion: started.version });
    isBad = false;
    reloads.reload();
    expect(outcomes).toEqual(["failed", "applied"]);
  });
});

test.each([
  ["server: { port: 9999 }", ["server.port"]],
  ["server: { host: 127.0.0.2, maxConnections: 5 }", ["server.host", "server.maxConnections"]],
  ["admin: { port: 9999 }", ["admin.port"]],
  ["relay: { connectTimeoutMs: 5 }", ["relay.connectTimeoutMs"]],
  ["ledger: { file: costs.sqlite }", ["ledger.file"]],
  ["server: { maxMessageBytes: 2048, drainMs: 5, overload: { maxCalls: 5 } }", []],
])("%s needs a restart for %j, until it is undone", (yaml, needsRestart) => {
  const { reloads, outcomes } = start([compiled(yaml), compiled("deadline: { defaultMs: 5000 }")]);
  reloads.reload();
  expect(outcomes).toEqual(["applied"]);
  expect(reloads.status().needsRestart).toEqual(needsRestart);
  reloads.reload();
  expect(reloads.status().needsRestart).toEqual([]);
});

describe("who may call follows, but for what TLS asks callers for:", () => {
  const mtls = { clientCa: "ca", crl: undefined, tenants: new Map([["a.internal", "a"]]) };
  const without = { apiKeyFile: "keys.json", jwt: [], mtls: undefined };
  const loaded = (auth: RuntimeConfig["auth"], version: string) => ({ config: { ...started, auth, version } });

  test.each([
    ["keys come", without, []],
    ["certificates come", { ...without, mtls }, ["auth"]],
  ])("%s", (_name, auth, needsRestart) => {
    const { reloads } = start([loaded(auth, "v2")]);
    reloads.reload();
    expect(reloads.status().needsRestart).toEqual(needsRestart);
  });
});
