import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface LocalOptions {
  readonly isHelp: boolean;
  /** The balancer's; 0: all ports are free ones. */
  readonly port: number;
  /** The configuration of the replicas; undefined: meridian.yaml of this folder. */
  readonly configFile: string | undefined;
  /** The Redis that replicas share; undefined: one is started. */
  readonly redisUrl: string | undefined;
}

/** Printed by `--help`. */
export const helpText = `Usage: npm run local -- [options]

Runs Meridian as it is deployed, on this machine: three replicas in two regions, a balancer in front of them (HAProxy),
the Redis that they share, Prometheus, and simulated relays, so that it answers without a key. What ends is started
again. Ctrl-C stops everything and leaves nothing behind.

Options:
  --port N        the balancer's port (default: 8080); the others follow it: N + 1 to N + 3 the replicas, N + 11 to N + 13
                  their admin ports, N + 20 Prometheus, N + 21 Redis, N + 31 to N + 34 the relays; 0: any free ones
  --config FILE   the configuration of the replicas (default: deploy/local/meridian.yaml); in it \${SINGAPORE} and
                  \${VIRGINIA} stand for the ports of the relays
  --redis URL     a Redis that is there already
  --help          print this

It needs Debian's packages haproxy, redis-server and prometheus.`;

/** Reads the arguments. Throws an Error whose message says what is wrong with them. */
export function parseLocalOptions(args: readonly string[]): LocalOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      port: { type: "string", default: "8080" },
      config: { type: "string" },
      redis: { type: "string" },
    },
  });
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > highestPort) throw new Error(`--port must be 0 to ${highestPort}`);
  return { isHelp: values.help, port, configFile: values.config, redisUrl: values.redis };
}

const highestPort = 65_000;
