// Every check of the project, each under a heading with its seconds. A failure does not stop the checks after it, so
// that one run shows all there is to mend. The last line is `N passed, N failed`, from the report of the tests.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { baseRevision } from "./base-revision.ts";
import { countTests } from "./count-tests.ts";
import { showCommand, workspaceRoot } from "./run-command.ts";

const report = join(workspaceRoot, ".cache/test-report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["Format and lint", "pnpm", "--silent", "run", "lint"],
  ["Boundaries", "pnpm", "--silent", "run", "boundaries"],
  ["Contract", "pnpm", "--silent", "run", "contract"],
  ["Generated code", "pnpm", "--silent", "run", "generated"],
  ["Build", "pnpm", "--silent", "run", "build"],
  ["Types of tests and scripts", "pnpm", "--silent", "run", "types"],
  ["Tests", "npm", "test", "--silent", "--", ...reporters],
];

rmSync(report, { force: true });
const results = steps.map(([name, command, ...args]) => {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const passed = showCommand(command, args) === 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`== ${name}: ${passed ? "ok" : "FAILED"}, ${seconds} s`);
  return { name, passed };
});

showRegressions();

const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
console.log(failed.length === 0 ? "\nEvery check passed." : `\nFailed: ${failed.join(", ")}.`);
if (existsSync(report)) {
  const { passed, failed } = countTests(JSON.parse(readFileSync(report, "utf8")));
  console.log(`${passed} passed, ${failed} failed`);
} else {
  console.log("The tests left no report: they did not run.");
}
process.exitCode = failed.length === 0 ? 0 : 1;

/** What has become dearer: a warning and no failure, as others may be at work on the machine. */
function showRegressions(): void {
  const base = baseRevision();
  console.log("\n== Regressions");
  if (base === undefined) {
    console.log("This clone has no commit to compare with.");
    return;
  }
  const startedAt = performance.now();
  const passed = showCommand(process.execPath, ["bench/dist/main.js", "--quick", "--against", base]) === 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`== Regressions: ${passed ? "see the ratios" : "could not be measured"}, ${seconds} s`);
}
