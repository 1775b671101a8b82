import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import type { TestContext } from "vitest";
import { freePort } from "./free-port.js";
import { requireProgram } from "./require-program.js";

/** A Redis server of a test's own, which keeps nothing on disk. */
export interface TestRedis {
  readonly url: string;
  /** Kills it: what it held is lost. */
  kill(): Promise<void>;
  /** Stops it as it is, with its connections open: it answers nothing any more. */
  pause(): void;
  /** Lets it go on after a pause. */
  resume(): void;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
}

/** Starts a Redis on a free port, without a password unless one is given. The test skips where there is no redis-server. */
export async function startRedis(
  context: Pick<TestContext, "skip" | "onTestFinished">,
  password = "",
): Promise<TestRedis> {
  const program = requireProgram(context, "redis-server");
  const port = await freePort();
  let child = await startServer(program, port, password);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  context.onTestFinished(kill);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async restart() {
      child = await startServer(program, port, password);
    },
  };
}

async function startServer(program: string, port: number, requirepass: string) {
  const settings = { port, bind: "127.0.0.1", save: "", appendonly: "no", dir: tmpdir(), daemonize: "no", requirepass };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface(child.stdout)) if (line.includes("Ready to accept connections")) break;
  child.stdout.resume();
  return child;
}
