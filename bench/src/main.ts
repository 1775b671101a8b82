#!/usr/bin/env node
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { helpText, parseCommandLine } from "./command-line.js";
import { formatResults } from "./report/format-results.js";
import { runBench } from "./run-bench.js";
import { allSubjects } from "./subjects/all-subjects.js";
import { fullSizes, quickSizes } from "./works/sizes.js";

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isHelp, isQuick, jsonFile, rounds, subjects, works } = parseCommandLine(process.argv.slice(2));
  if (isHelp) {
    console.log(helpText);
    return;
  }
  if (process.platform !== "linux") throw new Error("the CPU of a process is read from /proc, which only Linux has");
  const results = await runBench({
    subjects: allSubjects.filter(({ name }) => subjects?.includes(name) ?? true),
    works,
    sizes: isQuick ? quickSizes : fullSizes,
    rounds: rounds ?? (isQuick ? 1 : 5),
    warmUp: isQuick ? 0.5 : 0.25,
    onProgress: (line) => console.error(line),
  });
  console.log(formatResults(results));
  if (jsonFile === undefined) return;
  const file = resolve(jsonFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
