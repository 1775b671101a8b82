import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { requireProgram } from "./require-program.js";
import { spawnCommand, workspaceRoot } from "./spawn-command.js";
import { startRedis, type TestRedis } from "./start-redis.js";
import { writeKeyFile } from "./tenant-calls.js";

/** The deployment of deploy/local, with a Redis of the test's own. */
export interface LocalDeployment {
  /** Of the balancer. */
  readonly url: string;
  readonly redis: TestRedis;
  /** The admin ports of the replicas. */
  readonly adminUrls: readonly string[];
  /** Sends a replica a signal. Resolves when it is ready again, in a process of its own. */
  restart(replica: string, signal: NodeJS.Signals): Promise<void>;
  /** Ends it as Ctrl-C does. Gives its exit code. */
  stop(): Promise<number | null>;
  output(): string;
}

/** The replicas, by the names that `x-replica` has for them. */
export const replicaNames = ["asia-1", "asia-2", "america-1"] as const;

/**
 * Starts deploy/local on free ports, with the configuration that it has for its replicas, these tenants, each with
 * the key of `keyOf`, and this limit of time for Redis. The test skips where HAProxy, Redis or Prometheus is missing.
 */
export async function startLocalDeployment(
  context: Pick<TestContext, "skip" | "onTestFinished">,
  tenants: Readonly<Record<string, object>>,
  redisTimeoutMs: number,
): Promise<LocalDeployment> {
  for (const program of ["haproxy", "prometheus"]) requireProgram(context, program);
  const redis = await startRedis(context);
  const folder = await mkdtemp(join(tmpdir(), "meridian-replicas-"));
  context.onTestFinished(() => rm(folder, { recursive: true }));
  const [config, keys] = [join(folder, "meridian.yaml"), join(folder, "keys.json")];
  writeKeyFile(keys, Object.keys(tenants));
  const rest = { auth: { apiKeys: { file: keys } }, tenants, redis: { timeoutMs: redisTimeoutMs } };
  // YAML is a superset of JSON, but for the braces around the whole.
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  const reference = await readFile(join(workspaceRoot, "deploy/local/meridian.yaml"), "utf8");
  await writeFile(config, `${reference}\n${lines.join("")}`);

  const command = spawnCommand(process.execPath, [
    join(workspaceRoot, "deploy/local/start.ts"),
    ...["--port", "0", "--config", config, "--redis", redis.url],
  ]);
  const stop = () => {
    command.child.kill("SIGINT");
    return command.exited;
  };
  context.onTestFinished(() => stop().then(() => {}));
  const [, url = ""] = await command.whenPrinted(/answers on (http:\S+\d)/);
  const readyLines = (replica: string) => [
    ...command.output().matchAll(new RegExp(`^${replica} \\(pid (\\d+)\\) is ready: (\\S+)/readyz`, "gm")),
  ];
  return {
    url,
    redis,
    adminUrls: replicaNames.map((replica) => readyLines(replica)[0]?.[2] ?? ""),
    async restart(replica, signal) {
      const before = readyLines(replica);
      process.kill(Number(before.at(-1)?.[1]), signal);
      const times = before.length + 1;
      await command.whenPrinted(new RegExp(`(?:^${replica} \\(pid \\d+\\) is ready[^]*?){${times}}`, "m"));
    },
    stop,
    output: command.output,
  };
}
