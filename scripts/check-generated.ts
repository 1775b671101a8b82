// Makes the generated code again, in place, and fails where that changed a file: the contract was edited and the code
// was not generated, or the code was edited by hand. It compares files, not commits, so it also works before a commit.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, workspaceRoot } from "./run-command.ts";

const generated = [
  "docs/openapi",
  "packages/admin-proto/src/gen",
  "packages/inference-proto/src/gen",
  "services/proxy/src/gen",
];

/** The hash of every generated file, by its path. */
function snapshot(): ReadonlyMap<string, string> {
  const files = generated.flatMap((directory) =>
    readdirSync(join(workspaceRoot, directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(files.map((path) => [path, createHash("sha256").update(readFileSync(path)).digest("hex")]));
}

const before = snapshot();
const { exitCode, output } = runCommand("pnpm", ["run", "generate"]);
if (exitCode !== 0) throw new Error(`pnpm run generate failed:\n${output}`);
const after = snapshot();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
for (const path of stale) console.error(`stale: ${path.slice(workspaceRoot.length)}`);
console.log(stale.length === 0 ? `${after.size} generated files are up to date` : "Generated again: commit the files.");
process.exitCode = stale.length === 0 ? 0 : 1;
