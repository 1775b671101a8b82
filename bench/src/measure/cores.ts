import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Which cores do what, in the notation of `taskset -c`. */
export interface CorePlan {
  /** The subject's own. */
  readonly subject: string;
  /** The relay's and the load's. */
  readonly rest: string;
}

/**
 * Gives the last of the cores that this process may use to the subject and the others to relay and load. undefined
 * where there is only one, or no `taskset`: then nothing is pinned.
 */
export function planCores(): CorePlan | undefined {
  if (spawnSync("taskset", ["--version"]).error !== undefined) return undefined;
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
  const cores = parseCoreList(allowed);
  const subject = cores.at(-1);
  return subject === undefined || cores.length < 2
    ? undefined
    : { subject: String(subject), rest: cores.slice(0, -1).join(",") };
}

/** The cores of a list such as "0-2,5". */
export function parseCoreList(list: string): readonly number[] {
  return list.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: Number.isInteger(last - first) ? last - first + 1 : 0 }, (_, index) => first + index);
  });
}
