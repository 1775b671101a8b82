import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/** A relay simulator in a process of its own, for tests that measure the proxy's memory. */
export interface RelayProcess {
  readonly baseUrl: string;
  /** The calls that it was asked to answer. */
  calls(): Promise<readonly RelayProcessCall[]>;
  stop(): Promise<void>;
}

/** What is known of a call. */
export interface RelayProcessCall {
  readonly outcome: string;
  readonly tokensSent: number;
}

/** Starts the simulator's command with the given options. */
export async function startRelayProcess(...options: readonly string[]): Promise<RelayProcess> {
  const main = createRequire(import.meta.url)
    .resolve("@meridian/relay-simulator")
    .replace(/index\.js$/, "main.js");
  const child = spawn(process.execPath, [main, "--port", "0", "--quiet", ...options], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(createInterface(child.stdout), "line");
  const baseUrl = /http:\S+/.exec(String(line))?.[0];
  if (baseUrl === undefined) throw new Error(`no ready line: ${line}`);
  return {
    baseUrl,
    async calls() {
      const answer: unknown = await (await fetch(baseUrl.replace(/v1$/, "admin/calls"))).json();
      // The simulator's own form, see docs/relay-simulator.md.
      const { calls } = answer as { calls: (RelayProcessCall & { method: string })[] };
      return calls.filter(({ method }) => method === "POST");
    },
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}
