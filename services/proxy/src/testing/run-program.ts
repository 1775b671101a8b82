import { execFile } from "node:child_process";

/** What a program printed, and how it ended. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a program may run, in milliseconds. */
const limitMs = 25_000;

/** Runs a program to its end, whatever its exit code. Rejects where it cannot be started or is ended by a signal. */
export function runProgram(path: string, arguments_: readonly string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    execFile(path, arguments_, { timeout: limitMs }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === "number") resolve({ exitCode, stdout, stderr });
      else reject(new Error(`${path} ${arguments_.join(" ")}: ${stderr}`, { cause: error }));
    });
  });
}

/** The same, for a program that has to succeed. Gives what it printed. */
export async function runToSuccess(path: string, arguments_: readonly string[]): Promise<ProgramResult> {
  const result = await runProgram(path, arguments_);
  if (result.exitCode === 0) return result;
  throw new Error(`${path} ended with ${result.exitCode}: ${result.stderr}`);
}
