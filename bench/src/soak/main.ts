#!/usr/bin/env node
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { formatSoak } from "./report/format-soak.js";
import { runSoak } from "./run-soak.js";
import { parseSoakCommandLine, soakHelpText } from "./soak-command-line.js";
import { planFrom } from "./soak-plan.js";

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isHelp, minutes, streams, seed, jsonFile } = parseSoakCommandLine(process.argv.slice(2));
  if (isHelp) {
    console.log(soakHelpText);
    return;
  }
  const report = await runSoak({ ...planFrom(minutes, streams), seed, onProgress: (line) => console.error(line) });
  console.log(formatSoak(report));
  if (jsonFile !== undefined) {
    const file = resolve(jsonFile);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  }
  const failed = report.checks.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
  if (failed.length === 0) return;
  console.error(`soak: failed: ${failed.join("; ")}`);
  process.exitCode = 1;
}
