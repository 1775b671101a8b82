import { execFile } from "node:child_process";
import { workspaceRoot } from "./spawn-command.js";

/** Runs a line of shell in the root of the workspace. Rejects where it fails, with what it printed. */
export function runShell(
  line: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const options = { cwd: workspaceRoot, env: { ...process.env, ...environment }, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", line], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${line}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}
