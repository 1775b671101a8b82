import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A program of the deployment. */
export interface Part {
  readonly name: string;
  readonly command: readonly [string, ...(readonly string[])];
  /** On top of that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Answers 200 when the part is ready; undefined: nobody waits for it. */
  readonly readyUrl?: string;
  readonly readyHeaders?: Readonly<Record<string, string>>;
}

/** A part that runs, and is started again whenever it ends. */
export interface RunningPart {
  /** Resolves when it is ready for the first time; rejects with the end of its output where it ends before. */
  readonly ready: Promise<void>;
  /** Ends it, at once where it takes long. Resolves when it has ended, and stays so. */
  stop(): Promise<void>;
}

const restartAfterMs = 200;
const lookAgainMs = 50;
/** After that a part is asked again to end, which lets Meridian end its calls at once, in milliseconds. */
const askAgainAfterMs = 600;
/** After that it is killed, in milliseconds. */
const killAfterMs = 5_000;

/**
 * Runs a part. Its output goes to `NAME.log` in the folder.
 *
 * @param say is told each time that it is ready, and when it has ended
 */
export function runPart(part: Part, folder: string, say: (line: string) => void): RunningPart {
  const logFile = join(folder, `${part.name}.log`);
  let isStopping = false;
  let child = start(part, logFile);
  const announce = async () => {
    const started = child;
    await whenReady(part, started);
    if (!hasEnded(started) && !isStopping)
      say(`${part.name} (pid ${started.pid}) is ready: ${part.readyUrl ?? "started"}`);
  };
  const keepRunning = async () => {
    for (;;) {
      if (!hasEnded(child)) await once(child, "exit");
      if (isStopping) return;
      say(`${part.name} has ended (${child.signalCode ?? child.exitCode}) and is started again`);
      await sleep(restartAfterMs);
      if (isStopping) return;
      child = start(part, logFile);
      announce().catch(say);
    }
  };
  const begin = async () => {
    await announce();
    if (hasEnded(child) && !isStopping) {
      const end = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-10).join("\n");
      throw new Error(`${part.name} cannot start:\n${end}`);
    }
    kept = keepRunning();
  };
  let kept = Promise.resolve();
  const ready = begin();
  return {
    ready,
    async stop() {
      isStopping = true;
      const signals = [
        [0, "SIGTERM"],
        [askAgainAfterMs, "SIGTERM"],
        [killAfterMs, "SIGKILL"],
      ] as const;
      const timers = signals.map(([afterMs, signal]) => setTimeout(() => child.kill(signal), afterMs));
      if (!hasEnded(child)) await once(child, "exit");
      for (const timer of timers) clearTimeout(timer);
      await kept;
    },
  };
}

/** In a process group of its own: a Ctrl-C is for this process, which ends the parts itself. */
function start({ command: [program, ...args], environment }: Part, logFile: string): ChildProcess {
  const log = openSync(logFile, "a");
  const options = { detached: true, env: { ...process.env, ...environment } };
  return spawn(program, args, { ...options, stdio: ["ignore", log, log] });
}

async function whenReady({ readyUrl, readyHeaders = {} }: Part, child: ChildProcess): Promise<void> {
  while (readyUrl !== undefined && !hasEnded(child)) {
    const answer = await fetch(readyUrl, { headers: readyHeaders }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await sleep(lookAgainMs);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
