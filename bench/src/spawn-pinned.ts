import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";

/** How a program is run. */
export interface SpawnOptions {
  /** Cores to stay on, in the notation of `taskset -c`; undefined: any. */
  readonly cores: string | undefined;
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly stdio: StdioOptions;
}

/** A program that runs. */
export interface SpawnedProgram {
  readonly child: ChildProcess;
  /** 0 where it could not be started: the child says so in its `error` event. */
  readonly pid: number;
  /** Asks it to end and waits until it has; after 5 seconds it is killed. */
  stop(): Promise<void>;
}

/** Starts a program on its cores. Whatever ends this process, the program does not outlive it. */
export function spawnPinned(program: readonly string[], options: SpawnOptions): SpawnedProgram {
  const [command = "", ...args] = options.cores === undefined ? program : ["taskset", "-c", options.cores, ...program];
  const child = spawn(command, args, { env: { ...process.env, ...options.environment }, stdio: options.stdio });
  if (running.size === 0) process.on("exit", killRunning);
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killRunning);
  });
  return {
    child,
    // `taskset` becomes the program: the process that was started is the one to measure.
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}
