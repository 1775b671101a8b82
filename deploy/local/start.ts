// Runs Meridian as it is deployed, on this machine; `--help` says how. What is built is run: `npm run local` builds first.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { choosePorts, type LocalPorts } from "./choose-ports.ts";
import { helpText, type LocalOptions, parseLocalOptions } from "./local-options.ts";
import { planParts } from "./plan-parts.ts";
import { type RunningPart, runPart } from "./run-part.ts";

// Debian has HAProxy where only root looks.
const cache = fileURLToPath(new URL("../../.cache/bin", import.meta.url));
process.env["PATH"] = [process.env["PATH"], cache, "/usr/sbin"].join(delimiter);

try {
  const options = parseLocalOptions(process.argv.slice(2));
  if (options.isHelp) console.log(helpText);
  else await runDeployment(options);
} catch (error) {
  console.error(`meridian local: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function runDeployment(options: LocalOptions): Promise<void> {
  requirePrograms(["haproxy", "prometheus", ...(options.redisUrl === undefined ? ["redis-server"] : [])]);
  const folder = mkdtempSync(join(tmpdir(), "meridian-local-"));
  const running: RunningPart[] = [];
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.resolve());
  const start = async () => {
    const ports = await choosePorts(options.port);
    for (const part of planParts(options, ports, folder)) running.push(runPart(part, folder, console.log));
    await Promise.all(running.map(({ ready }) => ready));
    announce(ports, folder);
    await stopped.promise;
  };
  try {
    await Promise.race([start(), stopped.promise]);
  } finally {
    console.log("Stopping.");
    await Promise.all(running.map(({ stop }) => stop()));
    rmSync(folder, { recursive: true });
  }
}

function announce(ports: LocalPorts, folder: string): void {
  console.log(`
Meridian answers on http://127.0.0.1:${ports.PORT}: HTTP/1.1, and HTTP/2 for gRPC. Metrics are on http://127.0.0.1:${ports.PROMETHEUS}, logs
in ${folder}. Try it:
  curl -si http://127.0.0.1:${ports.PORT}/v1/chat/completions -H 'content-type: application/json' -H 'cf-ipcountry: US' -d '{"messages":[{"role":"user","content":"Hi"}],"max_tokens":40}'
Restart a replica with kill PID, or lose it with kill -9 PID: x-replica in an answer says who gave it. Ctrl-C stops everything.`);
}

function requirePrograms(names: readonly string[]): void {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = names.filter((name) => !folders.some((folder) => isProgram(join(folder, name))));
  if (missing.length > 0)
    throw new Error(`${missing.join(", ")} missing: apt-get install --no-install-recommends ${missing.join(" ")}`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
