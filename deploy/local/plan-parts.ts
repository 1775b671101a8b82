import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalPorts } from "./choose-ports.ts";
import type { LocalOptions } from "./local-options.ts";
import type { Part } from "./run-part.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));
const relayKey = "sk-local";

/** Writes the configuration of the deployment into a folder, and says what is to run. */
export function planParts(options: LocalOptions, ports: LocalPorts, folder: string): readonly Part[] {
  const write = (name: string, template: string, values: Readonly<Record<string, string | number>>) => {
    const file = join(folder, name);
    writeFileSync(file, fill(readFileSync(template, "utf8"), values));
    return file;
  };
  const meridian = options.configFile ?? join(here, "meridian.yaml");

  /** A relay as a region sees it: how far it is shows in the time to its first byte. */
  const relay = (name: string, port: number, latencyMs: number): Part => ({
    name,
    command: [
      process.execPath,
      join(root, "packages/relay-simulator/dist/main.js"),
      ...["--port", String(port), "--key", relayKey, "--latency-ms", String(latencyMs)],
      ...["--tokens-per-second", "100", "--answer-tokens", "500", "--quiet"],
    ],
    readyUrl: `http://127.0.0.1:${port}/v1/models`,
    readyHeaders: { authorization: `Bearer ${relayKey}` },
  });
  const nodeOptions: readonly string[] = JSON.parse(
    readFileSync(join(root, "services/proxy/node-options.json"), "utf8"),
  );
  const redisUrl = options.redisUrl ?? `redis://127.0.0.1:${ports.REDIS}`;
  const replica = (name: string, config: string, port: number, adminPort: number): Part => ({
    name,
    command: [process.execPath, ...nodeOptions, join(root, "services/proxy/dist/main.js"), "serve", "--config", config],
    environment: {
      HOST: "127.0.0.1",
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      REDIS_URL: redisUrl,
      RELAY_API_KEY: relayKey,
    },
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
  });

  const asia = write("asia.yaml", meridian, {
    SINGAPORE: ports.SINGAPORE_FROM_ASIA,
    VIRGINIA: ports.VIRGINIA_FROM_ASIA,
  });
  const america = write("america.yaml", meridian, {
    SINGAPORE: ports.SINGAPORE_FROM_AMERICA,
    VIRGINIA: ports.VIRGINIA_FROM_AMERICA,
  });
  const balancer = write("haproxy.cfg", join(here, "haproxy.cfg"), { ...ports });
  const prometheus = write("prometheus.yml", join(here, "prometheus.yml"), { ...ports, ROOT: root });
  const redis: Part = {
    name: "redis",
    command: [
      "redis-server",
      ...["--port", String(ports.REDIS), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
    ],
  };
  mkdirSync(join(folder, "prometheus"));
  return [
    ...(options.redisUrl === undefined ? [redis] : []),
    relay("singapore-from-asia", ports.SINGAPORE_FROM_ASIA, 20),
    relay("virginia-from-asia", ports.VIRGINIA_FROM_ASIA, 200),
    relay("virginia-from-america", ports.VIRGINIA_FROM_AMERICA, 20),
    relay("singapore-from-america", ports.SINGAPORE_FROM_AMERICA, 200),
    replica("asia-1", asia, ports.ASIA_1, ports.ASIA_1_ADMIN),
    replica("asia-2", asia, ports.ASIA_2, ports.ASIA_2_ADMIN),
    replica("america-1", america, ports.AMERICA_1, ports.AMERICA_1_ADMIN),
    {
      name: "balancer",
      command: ["haproxy", "-db", "-f", balancer],
      readyUrl: `http://127.0.0.1:${ports.PORT}/health`,
    },
    {
      name: "prometheus",
      command: [
        "prometheus",
        `--config.file=${prometheus}`,
        `--storage.tsdb.path=${join(folder, "prometheus")}`,
        `--web.listen-address=127.0.0.1:${ports.PROMETHEUS}`,
      ],
      readyUrl: `http://127.0.0.1:${ports.PROMETHEUS}/-/ready`,
    },
  ];
}

/** Puts values in place of `${NAME}`; what has another form, such as `${env:NAME}`, stays. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing stands for \${${name}}`);
    return String(value);
  });
}
