import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type SpawnedProgram, spawnPinned } from "./spawn-pinned.js";

/** A program that serves HTTP on a port that it is given, and says in no certain way when it does. */
export interface ServerOptions {
  readonly program: readonly string[];
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Asked until it is answered with any status: "http://127.0.0.1:1234/health". */
  readonly readyUrl: string;
  /** How long it may take to answer. */
  readonly readyMs: number;
  readonly cores: string | undefined;
}

/** Starts it and waits until it answers. Rejects with the end of what it printed where it does not. */
export async function startServer(options: ServerOptions): Promise<SpawnedProgram> {
  const { program, environment, cores } = options;
  const started = spawnPinned(program, { cores, environment, stdio: ["ignore", "pipe", "pipe"] });
  const { child } = started;
  let printed = "";
  for (const output of [child.stdout, child.stderr])
    output?.on("data", (bytes: Buffer) => {
      printed = (printed + bytes.toString("utf8")).slice(-2_000);
    });
  let ended: string | undefined;
  child.once("exit", (code) => {
    ended = `ended with ${code}`;
  });
  child.once("error", (error) => {
    ended = error.message;
  });
  const latestAt = performance.now() + options.readyMs;
  while (!(await answers(options.readyUrl))) {
    if (performance.now() > latestAt) ended ??= `does not answer within ${options.readyMs / 1_000} s`;
    if (ended !== undefined) {
      await started.stop();
      throw new Error(`${program.join(" ")}: ${ended}\n${printed}`);
    }
    await delay(pollMs);
  }
  return started;
}

/** A port of the loopback that nobody has at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
  return address.port;
}

const pollMs = 10;

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(1_000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
