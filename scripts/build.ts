// Builds every package in the order of their dependencies, and is silent unless something fails.
import { runCommand } from "./run-command.ts";

process.env["DO_NOT_TRACK"] = "1";
process.env["TURBO_TELEMETRY_DISABLED"] = "1";
const { exitCode, output } = runCommand("turbo", [
  "run",
  "build",
  "--output-logs=errors-only",
  "--no-update-notifier",
  ...process.argv.slice(2),
]);
if (exitCode !== 0) process.stderr.write(output);
process.exitCode = exitCode;
