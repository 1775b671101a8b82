import { compileConfig, parseConfig, type RuntimeConfig } from "@meridian/config";
import { type RelaySimulator, type RelaySimulatorOptions, startRelaySimulator } from "@meridian/relay-simulator";
import { createLogger } from "@meridian/telemetry";
import { systemClock } from "../edge/system-clock.js";
import type { ConfigSource, LoadedConfig } from "../reload/config-source.js";
import { type ProxyWorld, type RunningProxy, startProxy } from "../server.js";
import { countTimers } from "./count-timers.js";

/** A proxy with a simulated relay behind it, on free ports. */
export interface TestProxy {
  readonly proxy: RunningProxy;
  readonly relay: RelaySimulator;
  readonly config: RuntimeConfig;
  /** The log so far, one parsed line each. */
  readonly log: readonly Record<string, unknown>[];
  /** Timers that the proxy has set on its clock and that have neither fired nor been canceled. */
  pendingTimers(): number;
  /** Stops both. Fails where a connection or an answer is left at the relay. */
  stop(): Promise<void>;
}

/** What a test proxy is started with. */
export interface TestProxyOptions {
  /** YAML, on top of short limits; the relay's address is added by environment where it names no endpoints. */
  readonly yaml?: string | ((relayBaseUrl: string) => string);
  readonly relay?: RelaySimulatorOptions;
  readonly environment?: Readonly<Record<string, string>>;
  /** The variables of OpenTelemetry. Default: none. */
  readonly tracing?: Readonly<Record<string, string>>;
  /** Whether the hot RPCs have their own lane. Default true. */
  readonly fastLane?: boolean;
  /** Gives a number of [0, 1). */
  readonly random?: ProxyWorld["random"];
  /** Milliseconds since 1970-01-01 UTC. Default: the system's. */
  readonly timeOfDayMs?: ProxyWorld["timeOfDayMs"];
  /** What a reload reads in place of `yaml`. Default: the same. */
  readonly reloadYaml?: () => string;
  /** Gives the files that the YAML names. Default: there are none. */
  readonly readFile?: (path: string) => string;
}

/** The key that the proxy shows the simulated relay. */
export const testRelayKey = "sk-test-relay-key";

/** Starts a simulated relay and a proxy in front of it. */
export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const relay = await startRelaySimulator({ apiKeys: [testRelayKey], ...options.relay });
  const yaml = typeof options.yaml === "function" ? options.yaml(relay.baseUrl) : (options.yaml ?? "");
  const environment = {
    PORT: "0",
    ADMIN_PORT: "0",
    ...(yaml.includes("endpoints:") ? {} : { RELAY_BASE_URL: relay.baseUrl, RELAY_API_KEY: testRelayKey }),
    TEST_RELAY_KEY: testRelayKey,
    ...options.environment,
  };
  const config = compileTestConfig(yaml, environment, options.readFile);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger("debug", { write: (line) => log.push(JSON.parse(line)) });
  const clock = countTimers(systemClock);
  const source: ConfigSource = {
    load: () => compileYaml(options.reloadYaml?.() ?? yaml, environment, options.readFile),
    files: () => new Map(),
  };
  const { random, timeOfDayMs } = options;
  const world = {
    clock,
    environment: { ...options.tracing, ...(options.fastLane === false && { MERIDIAN_FAST_LANE: "off" }) },
    ...(options.reloadYaml && { source }),
    ...(random && { random }),
    ...(timeOfDayMs && { timeOfDayMs }),
  };
  const proxy = await startProxy(config, logger, world);
  return {
    proxy,
    relay,
    config,
    log,
    pendingTimers: () => clock.pendingTimers,
    async stop() {
      proxy.hurry();
      await proxy.stop();
      await relay.waitUntilIdle(5_000);
      await relay.close();
    },
  };
}

/** Compiles YAML, or throws with all that is wrong with it. */
export function compileTestConfig(
  yaml: string,
  environment: Readonly<Record<string, string>>,
  readFile?: (path: string) => string,
): RuntimeConfig {
  const loaded = compileYaml(yaml, environment, readFile);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

function compileYaml(
  yaml: string,
  environment: Readonly<Record<string, string>>,
  readFile: (path: string) => string = noFiles,
): LoadedConfig {
  const parsed = parseConfig(yaml);
  if ("problems" in parsed) return parsed;
  const compiled = compileConfig(parsed.config, { environment, readFile });
  return "problems" in compiled ? compiled : { config: compiled.runtime };
}

function noFiles(path: string): string {
  throw new Error(`no files in tests: ${path}`);
}
