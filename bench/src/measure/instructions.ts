import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Counts the instructions of other processes: steadier than time, where the machine lets them be counted. */
export type InstructionCounter =
  | { readonly available: true; start(pid: number): Promise<RunningCount> }
  /** Many virtual machines have no such counter. */
  | { readonly available: false; readonly reason: string };

/** A count under way. */
export interface RunningCount {
  /** Ends the count: what all threads of the process had since the start. Rejects where no number came out. */
  stop(): Promise<number>;
}

/**
 * Asks `perf` whether it can count an event here, user instructions unless said otherwise. Never throws.
 *
 * @see https://man7.org/linux/man-pages/man1/perf-stat.1.html
 */
export function createInstructionCounter(event = "instructions:u"): InstructionCounter {
  const probe = spawnSync("perf", ["stat", ...options, event, "true"], { encoding: "utf8" });
  if (probe.error !== undefined) return { available: false, reason: "perf is not installed" };
  if (parseCount(probe.stderr) === undefined) return { available: false, reason: "perf cannot count them here" };
  return { available: true, start: (pid) => startCount(pid, event) };
}

/** The count in what `perf stat -x ,` prints; undefined where it could not count. */
export function parseCount(report: string): number | undefined {
  const count = Number.parseFloat(report.trim().split("\n").at(-1) ?? "");
  return Number.isFinite(count) ? count : undefined;
}

const options = ["-x", ",", "-e"] as const;

/** How long `perf` gets to attach to a process. It does not say when it has, and counts nothing that is of interest yet. */
const attachMs = 300;

async function startCount(pid: number, event: string): Promise<RunningCount> {
  const perf = spawn("perf", ["stat", ...options, event, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  const printed: Buffer[] = [];
  perf.stderr.on("data", (part: Buffer) => printed.push(part));
  await delay(attachMs);
  return {
    stop: async () => {
      const closed = once(perf, "close");
      perf.kill("SIGINT");
      await closed;
      const count = parseCount(Buffer.concat(printed).toString("utf8"));
      if (count === undefined) throw new Error(`perf counted nothing: ${Buffer.concat(printed).toString("utf8")}`);
      return count;
    },
  };
}
