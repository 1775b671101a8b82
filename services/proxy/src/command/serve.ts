import { needsEmbeddedRelay } from "@meridian/config";
import { type RelaySimulator, startRelaySimulator } from "@meridian/relay-simulator";
import { createLogger } from "@meridian/telemetry";
import { type RunningProxy, startProxy } from "../server.js";
import { createFileSource } from "./file-source.js";
import { type CommandWorld, ConfigRefused, loadConfig } from "./load-config.js";

/** What `meridian serve` has started. */
export interface Serving {
  readonly proxy: RunningProxy;
  /** Stops the proxy, and the simulator where there is one. */
  stop(): Promise<void>;
}

/**
 * `meridian serve`: loads the configuration, starts the relay simulator where none names a relay, opens the ports and
 * prints a ready line. `insecure`: a public address may go without `auth`. Throws `ConfigRefused`, or what the system says of a port that cannot be bound.
 */
export async function serve(
  file: string | undefined,
  { insecure = false }: { readonly insecure?: boolean | undefined },
  world: CommandWorld,
): Promise<Serving> {
  const parsed = loadConfig(file);
  const simulator = needsEmbeddedRelay(parsed.config, world.environment) ? await startRelaySimulator() : undefined;
  try {
    const embedded = simulator && { baseUrl: simulator.baseUrl, key: "simulator" };
    const source = createFileSource(file, world.environment, embedded, insecure);
    const loaded = source.load();
    if ("problems" in loaded) throw new ConfigRefused(loaded.problems, file);
    const { config } = loaded;
    const proxy = await startProxy(config, createLogger(config.logging.level), { source });
    announce(
      proxy,
      simulator,
      world,
      config.routing.endpoints.map(({ name, baseUrl }) => `${name} (${baseUrl})`),
    );
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

function announce(
  { url, adminUrl }: RunningProxy,
  simulator: RelaySimulator | undefined,
  { print }: CommandWorld,
  endpoints: readonly string[],
): void {
  print(`Meridian is ready on ${url} (Connect, gRPC, gRPC-Web); admin on ${adminUrl}`);
  if (simulator === undefined) print(`Relays: ${endpoints.join(", ")}`);
  else
    print(
      `No relay is configured: a simulated one answers (${simulator.baseUrl}). Set RELAY_BASE_URL and RELAY_API_KEY for a real one.`,
    );
  print("Try it:");
  print(
    `  curl -s ${url}/meridian.inference.v1.InferenceService/Chat -H 'content-type: application/json' -H 'cf-ipcountry: ID' -d '{"messages":[{"role":"user","content":"Find a similar category"}]}'`,
  );
}
