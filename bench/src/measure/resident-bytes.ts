import { readFileSync } from "node:fs";

/**
 * What the system has given to a process, in bytes: VmRSS. Linux only; throws where there is no such process.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kilobytes) * 1_024;
}
