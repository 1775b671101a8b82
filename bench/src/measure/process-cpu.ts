import { readFileSync } from "node:fs";

/**
 * The CPU time that a process has used so far, user and system, all its threads, in milliseconds. It is any process, not
 * only one of Node, and the figure moves in steps of 10 ms: measure spans of a second or more. Linux only; throws where
 * there is no such process.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function readCpuMs(pid: number): number {
  return parseCpuMs(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** The same, out of the text of `/proc/PID/stat`. */
export function parseCpuMs(stat: string): number {
  // The name of the program is the only field that may hold spaces, and the last ")" ends it. `state` (3) follows.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [fields[14 - 3], fields[15 - 3]].map(Number);
  if (userTicks === undefined || systemTicks === undefined || !Number.isFinite(userTicks + systemTicks))
    throw new Error("cannot read the CPU time of a process");
  return (userTicks + systemTicks) * msPerTick;
}

/** Linux counts for user space in hundredths of a second on every machine that Node runs on. */
export const msPerTick = 10;
