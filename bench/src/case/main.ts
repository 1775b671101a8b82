#!/usr/bin/env node
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { caseHelpText, parseCaseCommandLine } from "./case-command-line.js";
import { fullPlan, quickPlan } from "./case-plan.js";
import { checkCase } from "./report/check-case.js";
import { drawCase } from "./report/draw-case.js";
import { formatCase } from "./report/format-case.js";
import { runCase } from "./run-case.js";

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

// Each process that is started listens for the end of this one.
process.setMaxListeners(50);

try {
  await main();
} catch (error) {
  console.error(`bench:case: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isHelp, isQuick, seed, slowness, jsonFile, chartFile } = parseCaseCommandLine(process.argv.slice(2));
  if (isHelp) {
    console.log(caseHelpText);
    return;
  }
  const plan = isQuick ? quickPlan(seed) : fullPlan(seed);
  const results = await runCase({ ...plan, slowness, onProgress: (line) => console.error(line) });
  console.log(formatCase(results));
  if (jsonFile !== undefined) write(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  if (chartFile !== undefined) write(chartFile, drawCase(results));
  console.log("");
  for (const { name, isPassed } of checkCase(results, !isQuick && slowness === 1)) {
    console.log(`${isPassed ? "ok" : "FAILED"}: ${name}`);
    if (!isPassed) process.exitCode = 1;
  }
}

function write(name: string, text: string): void {
  const file = resolve(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
