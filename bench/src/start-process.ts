import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of the benchmark to run in a process of its own. */
export interface ProcessOptions {
  /** The built script. */
  readonly script: URL;
  readonly args?: readonly string[];
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What its ready line looks like on standard output. */
  readonly ready: RegExp;
  /** Cores to stay on, in the notation of `taskset -c`. Default: any. */
  readonly cores?: string | undefined;
  /** Options of Node itself. Default: none. */
  readonly nodeOptions?: readonly string[];
  /** Told every line of standard error, for as long as the process lives. Default: nobody. */
  readonly onErrorLine?: (line: string) => void;
}

/** A process that has said that it is ready. */
export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The match of the ready line. */
  readonly ready: RegExpExecArray;
  /** Asks it to end and waits until it has; after 5 seconds it is killed. */
  stop(): Promise<void>;
}

/** The options of Node that Meridian is started with. */
export const meridianNodeOptions: readonly string[] = JSON.parse(
  readFileSync(new URL("../../services/proxy/node-options.json", import.meta.url), "utf8"),
);

/** Starts a script under this Node and waits for its ready line, at most 20 seconds. Rejects with what it printed. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const script = fileURLToPath(options.script);
  const node = [process.execPath, ...(options.nodeOptions ?? []), script, ...(options.args ?? [])];
  const [command = "", ...args] = options.cores === undefined ? node : ["taskset", "-c", options.cores, ...node];
  const child = spawn(command, args, {
    env: { ...process.env, ...options.environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  // Whatever ends the benchmark, nothing that it started outlives it.
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  child.once("exit", () => process.off("exit", killNow));
  const stop = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(killNow, 5_000);
    await exited;
    clearTimeout(timer);
  };
  try {
    if (child.stderr !== null && options.onErrorLine !== undefined)
      createInterface({ input: child.stderr }).on("line", options.onErrorLine);
    const ready = await readyLine(child, options.ready);
    // `taskset` became the script: the process that was started is the one to measure.
    return { child, pid: child.pid ?? 0, ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readyLine(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("a process without output");
  return await new Promise((resolve, reject) => {
    const seen: string[] = [];
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`${child.spawnargs.join(" ")}: ${what}\n${seen.join("\n")}`));
    };
    const timer = setTimeout(() => fail("not ready within 20 s"), 20_000);
    const onError = (data: Buffer) => seen.push(data.toString("utf8").slice(0, 2_000));
    stderr.on("data", onError);
    const lines = createInterface({ input: stdout });
    lines.on("line", (line) => {
      const match = pattern.exec(line);
      if (match === null) {
        seen.push(line);
        return;
      }
      clearTimeout(timer);
      // From here on its log is only drained, as cheaply as can be.
      lines.close();
      stderr.off("data", onError).resume();
      stdout.resume();
      resolve(match);
    });
    child.once("exit", (code) => fail(`ended with ${code}`));
    child.once("error", (error) => fail(error.message));
  });
}
