import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the workspace, with a slash at its end. */
export const workspaceRoot = fileURLToPath(new URL("../", import.meta.url));

/** How a command ended, with what it printed: standard output first, then standard error. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * Runs a command to its end and keeps what it prints. A command that a signal ended has exit code 1.
 *
 * @param cwd where it runs; default: the root of the workspace
 * @throws when the command cannot be started
 */
export function runCommand(command: string, args: readonly string[], cwd: string = workspaceRoot): CommandResult {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (result.error) throw result.error;
  return { exitCode: result.status ?? 1, output: result.stdout + result.stderr };
}

/** Runs a command with this process's own output. Returns its exit code; 1 where a signal ended it. */
export function showCommand(command: string, args: readonly string[]): number {
  const result = spawnSync(command, args, { cwd: workspaceRoot, stdio: ["ignore", "inherit", "inherit"] });
  if (result.error) throw result.error;
  return result.status ?? 1;
}
