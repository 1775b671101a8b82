import { readFileSync } from "node:fs";
import { msPerTick } from "./process-cpu.js";

/**
 * For how long these cores were wanted and given to other machines of the same host so far, all
 * together, in milliseconds: what a subject could not do then is not the subject's. Linux only, in steps of 10 ms.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_stat.5.html ("steal")
 */
export function readStolenMs(cores: readonly number[]): number {
  return parseStolenMs(readFileSync("/proc/stat", "latin1"), cores);
}

/** The same, out of the text of `/proc/stat`. */
export function parseStolenMs(stat: string, cores: readonly number[]): number {
  const lines = new Map(stat.split("\n").map((line) => [line.split(" ", 1)[0], line.split(" ")]));
  return cores.reduce((sum, core) => sum + Number(lines.get(`cpu${core}`)?.[stealField] ?? 0) * msPerTick, 0);
}

/** The name of the core comes first; user, nice, system, idle, iowait, irq and softirq come before it. */
const stealField = 8;
