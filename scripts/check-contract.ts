// The public contract: formatted, clean to buf lint, and compatible with what callers already have, which is the
// released baseline and, on a branch, main.
import { copyFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, workspaceRoot } from "./run-command.ts";

const baseline = "packages/inference-proto/baseline/meridian.inference.v1.binpb";

/** The commit that this branch left main at, or undefined on main itself and where there is no main to compare with. */
function commitOfMain(): string | undefined {
  const git = (...args: string[]) => {
    const { exitCode, output } = runCommand("git", args);
    return exitCode === 0 ? output.trim() : undefined;
  };
  if (git("branch", "--show-current") === "main") return undefined;
  for (const ref of ["refs/heads/main", "refs/remotes/origin/main"]) {
    const commit = git("rev-parse", "--verify", "--quiet", ref);
    // A shallow clone has no common commit to find; main as it is then has to do.
    if (commit) return git("merge-base", "HEAD", commit) ?? commit;
  }
  return undefined;
}

/** Builds an image of the contract as `commit` has it, and returns its path in `directory`. */
function imageOf(commit: string, directory: string): string {
  const archive = join(directory, "main.tar");
  const image = join(directory, "main.binpb");
  requireSuccess("git", ["archive", "--output", archive, commit, "proto"]);
  requireSuccess("tar", ["-xf", archive, "-C", directory]);
  copyFileSync(join(workspaceRoot, "buf.yaml"), join(directory, "buf.yaml"));
  cpSync(join(workspaceRoot, "third_party"), join(directory, "third_party"), { recursive: true });
  requireSuccess("buf", ["build", "proto", "--exclude-source-info", "-o", image], directory);
  return image;
}

/** Runs a command that has to succeed for the check to mean anything. */
function requireSuccess(command: string, args: readonly string[], cwd?: string): void {
  const { exitCode, output } = runCommand(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${output}`);
}

/** Runs one check, prints what it found, and returns whether it passed. */
function check(name: string, args: readonly string[]): boolean {
  const { exitCode, output } = runCommand("buf", args);
  console.log(`${exitCode === 0 ? "ok  " : "FAIL"} ${name}`);
  if (exitCode !== 0) console.error(output);
  return exitCode === 0;
}

requireSuccess("node", ["packages/inference-proto/scripts/print-validate-proto.mjs"]);
const results = [
  check("buf format", ["format", "--diff", "--exit-code", "proto"]),
  check("buf lint", ["lint"]),
  check("buf breaking, against the released baseline", ["breaking", "proto", "--against", baseline]),
];
const commit = commitOfMain();
if (commit) {
  const directory = mkdtempSync(join(tmpdir(), "meridian-contract-"));
  try {
    const image = imageOf(commit, directory);
    results.push(
      check(`buf breaking, against main (${commit.slice(0, 7)})`, ["breaking", "proto", "--against", image]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
} else {
  console.log("skip buf breaking, against main: this is main, or there is no main here");
}
process.exitCode = results.every(Boolean) ? 0 : 1;
