import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { spawnPinned } from "./spawn-pinned.js";

/** A program of the benchmark to run in a process of its own. */
export interface ProcessOptions {
  /** The built script. */
  readonly script: URL;
  /** Whether it starts itself. Default: false, this Node runs it. */
  readonly isExecutable?: boolean;
  readonly args?: readonly string[];
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What its ready line looks like on standard output. */
  readonly ready: RegExp;
  /** Cores to stay on, in the notation of `taskset -c`. Default: any. */
  readonly cores?: string | undefined;
  /** Options of Node itself. Default: none. */
  readonly nodeOptions?: readonly string[];
  /** Whether its inspector listens, for `takeSample`. Default: false. */
  readonly inspect?: boolean | undefined;
  /** Told every line of standard error, for as long as the process lives. Default: nobody. */
  readonly onErrorLine?: (line: string) => void;
}

/** A process that has said that it is ready. */
export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The match of the ready line. */
  readonly ready: RegExpExecArray;
  /** Where its inspector listens; undefined: it was not asked to. */
  readonly inspectorUrl: string | undefined;
  /** Asks it to end and waits until it has; after 5 seconds it is killed. */
  stop(): Promise<void>;
}

/** The options of Node that Meridian is started with. */
export const meridianNodeOptions: readonly string[] = JSON.parse(
  readFileSync(new URL("../../services/proxy/node-options.json", import.meta.url), "utf8"),
);

/** Starts a script under this Node and waits for its ready line, at most a minute. Rejects with what it printed. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const { script, args = [], nodeOptions = [], environment, cores, inspect = false } = options;
  const node = [process.execPath, ...nodeOptions, ...(inspect ? ["--inspect=127.0.0.1:0"] : [])];
  const { child, pid, stop } = spawnPinned(
    [...(options.isExecutable === true ? [] : node), fileURLToPath(script), ...args],
    { cores, environment, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  let inspectorUrl: string | undefined;
  try {
    if (child.stderr !== null && (inspect || options.onErrorLine !== undefined))
      createInterface({ input: child.stderr }).on("line", (line) => {
        // The first that it says, before the ready line.
        inspectorUrl ??= /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
        options.onErrorLine?.(line);
      });
    return { child, pid, ready: await readyLine(child, options.ready), inspectorUrl, stop };
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
    const timer = setTimeout(() => fail("not ready within a minute"), 60_000);
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
