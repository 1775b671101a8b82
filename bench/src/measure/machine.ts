import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release } from "node:os";

/** Where figures come from. */
export interface Machine {
  /** The commit that was built; "unknown" outside a repository. */
  readonly commit: string;
  /** Whether files differed from it. */
  readonly isModified: boolean;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  /** Processes that wanted a core in the minute before the run: much above 0, others were at work. */
  readonly loadBefore: number;
}

/** Describes this machine and this checkout, now. */
export function describeMachine(): Machine {
  const directory = import.meta.dirname;
  const git = (...args: string[]) => spawnSync("git", args, { cwd: directory, encoding: "utf8" }).stdout?.trim() ?? "";
  return {
    commit: git("rev-parse", "--short=12", "HEAD") || "unknown",
    isModified: git("status", "--porcelain") !== "",
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    kernel: release(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
