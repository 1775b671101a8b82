import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/** A relay simulator in a process of its own, for tests that measure the proxy's memory, or load it. */
export interface RelayProcess {
  readonly baseUrl: string;
  /** The calls that it was asked to answer. */
  calls(): Promise<readonly RelayProcessCall[]>;
  /** All that came in, in order, the list of models too. */
  requests(): Promise<readonly RelayProcessCall[]>;
  /** Takes these keys from now on, and no others. */
  setKeys(...keys: readonly string[]): Promise<void>;
  /** Misbehaves by these rules from now on, see docs/relay-simulator.md. */
  setFaults(...rules: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

/** What is known of a call. */
export interface RelayProcessCall {
  readonly method: string;
  /** When it came, on a clock of the relay's own, in milliseconds. */
  readonly atMs: number;
  /** The authorization is there by its last four characters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
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
  const adminUrl = baseUrl.replace(/v1$/, "admin");
  const requests = async () => {
    const answer: unknown = await (await fetch(`${adminUrl}/calls`)).json();
    // The simulator's own form, see docs/relay-simulator.md.
    return (answer as { calls: RelayProcessCall[] }).calls;
  };
  return {
    baseUrl,
    requests,
    calls: async () => (await requests()).filter(({ method }) => method === "POST"),
    async setKeys(...keys) {
      await fetch(`${adminUrl}/keys`, { method: "PUT", body: JSON.stringify({ keys }) });
    },
    async setFaults(...rules) {
      await fetch(`${adminUrl}/faults`, { method: "PUT", body: JSON.stringify(rules) });
    },
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}
