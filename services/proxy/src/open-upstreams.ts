import type { RuntimeConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import { createHttpRelay, type HttpRelay } from "@meridian/relay";
import type { Logger } from "@meridian/telemetry";
import { type EndpointLatencies, probeEndpoints } from "./probe-endpoints.js";
import { createKeyChecks, type KeyChecks } from "./reload/key-checks.js";

/** What of the configuration says which relays there are. */
type UpstreamConfig = Pick<RuntimeConfig, "routing" | "probe">;

/** The relays, and what is found out about them while no call is. */
export interface Upstreams {
  readonly relay: HttpRelay;
  readonly keyChecks: KeyChecks;
  readonly probes: EndpointLatencies;
  /** Takes the endpoints of another configuration. */
  follow(config: UpstreamConfig): void;
  /** Ends all that is on its way. */
  close(): Promise<void>;
}

/** Opens the relays of a configuration: endpoints are probed, and keys that are new are checked, from now on. */
export function openUpstreams(
  config: UpstreamConfig & Pick<RuntimeConfig, "relay">,
  { clock, random, logger }: { readonly clock: Clock; readonly random: () => number; readonly logger: Logger },
): Upstreams {
  const { endpoints } = config.routing;
  let { timeoutMs } = config.probe;
  const relay = createHttpRelay(config.relay);
  const keyChecks = createKeyChecks({
    endpoints,
    probe: relay.probe,
    timeoutMs: () => timeoutMs,
    clock,
    random,
    logger,
  });
  const probes = probeEndpoints(
    (endpoint, signal) => {
      const { credentials } = endpoint;
      const credential = credentials.find(keyChecks.isChecked) ?? credentials[0];
      if (credential === undefined) return Promise.reject(new Error("an endpoint without credentials"));
      return relay.probe(endpoint, credential, signal);
    },
    {
      endpoints,
      clock,
      ...config.probe,
      onChange: ({ name }, reachability, status) =>
        logger[reachability === "reachable" ? "info" : "warn"](
          { endpoint: name, status },
          `endpoint is ${reachability}`,
        ),
    },
  );
  return {
    relay,
    keyChecks,
    probes,
    follow({ routing, probe }) {
      ({ timeoutMs } = probe);
      keyChecks.follow(routing.endpoints);
      probes.follow({ endpoints: routing.endpoints, ...probe });
    },
    async close() {
      keyChecks.stop();
      probes.stop();
      await relay.close();
    },
  };
}
