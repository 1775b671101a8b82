import { needsEmbeddedRelay } from "@meridian/config";
import type { RelaySimulator } from "@meridian/relay-simulator";
import { createLogger, standardError } from "@meridian/telemetry";
import { type RunningProxy, startProxy } from "../server.js";
import { serveAsWorker } from "../workers/serve-as-worker.js";
import { startPrimary } from "../workers/start-primary.js";
import { channelToPrimary, forkWorker, isWorker } from "../workers/worker-process.js";
import { createFileSource } from "./file-source.js";
import { type CommandWorld, ConfigRefused, loadConfig } from "./load-config.js";

/** What `meridian serve` has started. */
export interface Serving {
  readonly proxy: RunningProxy;
  /** Stops the proxy, and the simulator where there is one. */
  stop(): Promise<void>;
}

/** How `meridian serve` is to serve. */
export interface ServeOptions {
  /** Whether a public address may go without `auth`. Default false. */
  readonly insecure?: boolean | undefined;
  /** How many processes serve. Default 1: this one. */
  readonly workers?: number | undefined;
  /** Called where this process is a worker and its primary stops it. */
  readonly onStop: () => void;
}

/**
 * `meridian serve`: loads the configuration, starts the relay simulator where none names a relay, opens the ports and
 * prints a ready line. Throws `ConfigRefused`, or what the system says of a port that cannot be bound.
 */
export async function serve(
  file: string | undefined,
  { insecure = false, workers = 1, onStop }: ServeOptions,
  world: CommandWorld,
): Promise<Serving> {
  const { environment } = world;
  const begin = (embeddedRelay: string | undefined) => {
    const embedded = embeddedRelay === undefined ? undefined : { baseUrl: embeddedRelay, key: "simulator" };
    const source = createFileSource(file, environment, embedded, insecure);
    const loaded = source.load();
    if ("problems" in loaded) throw new ConfigRefused(loaded.problems, file);
    return {
      source,
      config: loaded.config,
      logger: createLogger(loaded.config.logging.level, standardError(isWorker || workers > 1)),
    };
  };
  if (isWorker) {
    const proxy = await serveAsWorker({
      channel: channelToPrimary(),
      onStop,
      start({ number, embeddedRelay }, primary) {
        const { source, config, logger } = begin(embeddedRelay);
        return startProxy(config, logger.child({ worker: number }), { source, primary, environment });
      },
    });
    return { proxy, stop: proxy.stop };
  }

  const parsed = loadConfig(file);
  const simulator = needsEmbeddedRelay(parsed.config, environment) ? await startSimulator() : undefined;
  try {
    const { source, config, logger } = begin(simulator?.baseUrl);
    const proxy =
      workers === 1
        ? await startProxy(config, logger, { source, environment })
        : await startPrimary(config, logger, { source, workers, fork: forkWorker, embeddedRelay: simulator?.baseUrl });
    const relays = config.routing.endpoints.map(({ name, baseUrl }) => `${name} (${baseUrl})`);
    announce(proxy, simulator, world, relays, workers);
    return {
      proxy,
      async stop() {
        await proxy.stop();
        await simulator?.close();
      },
    };
  } catch (error) {
    await simulator?.close();
    throw error;
  }
}

/** Loaded only here: a proxy of real relays does without. */
async function startSimulator(): Promise<RelaySimulator> {
  const { startRelaySimulator } = await import("@meridian/relay-simulator");
  return await startRelaySimulator();
}

function announce(
  { url, adminUrl }: RunningProxy,
  simulator: RelaySimulator | undefined,
  { print }: CommandWorld,
  endpoints: readonly string[],
  workers: number,
): void {
  print(`Meridian is ready on ${url} (Connect, gRPC, gRPC-Web); admin on ${adminUrl}`);
  if (workers > 1) print(`${workers} workers share the port.`);
  if (simulator === undefined) print(`Relays: ${endpoints.join(", ")}`);
  else
    print(
      `No relay is configured: a simulated one answers (${simulator.baseUrl}). Set RELAY_BASE_URL and RELAY_API_KEY for a real one.`,
    );
  if (workers === 1) print(`Console: ${adminUrl}/console/`);
  print("Try it:");
  print(
    `  curl -s ${url}/meridian.inference.v1.InferenceService/Chat -H 'content-type: application/json' -H 'cf-ipcountry: ID' -d '{"messages":[{"role":"user","content":"Find a similar category"}]}'`,
  );
}
