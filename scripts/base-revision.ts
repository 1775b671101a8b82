import { runCommand } from "./run-command.ts";

/**
 * The commit that this one is to be compared with: where it left the main branch or, on that branch itself, the one before
 * it. undefined where there is neither, as in a clone of one commit.
 */
export function baseRevision(): string | undefined {
  const git = (...args: string[]) => {
    const { exitCode, output } = runCommand("git", args);
    return exitCode === 0 ? output.trim() : undefined;
  };
  const head = git("rev-parse", "HEAD");
  const left = git("merge-base", "HEAD", "origin/main") ?? git("merge-base", "HEAD", "main");
  return left !== undefined && left !== head ? left : git("rev-parse", "--verify", "HEAD~1");
}
