#!/usr/bin/env node
import { randomInt } from "node:crypto";
import { describeCase, formatFuzz } from "./format-fuzz.js";
import { fuzzHelpText, parseFuzzCommandLine } from "./fuzz-command-line.js";
import { makeCase } from "./make-case.js";
import { type FuzzPlan, runFuzz } from "./run-fuzz.js";

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isHelp, minutes, seed, cases } = parseFuzzCommandLine(process.argv.slice(2), randomInt(1_000_000_000));
  if (isHelp) {
    console.log(fuzzHelpText);
    return;
  }
  console.error(`fuzz: seed ${seed}`);
  const onProgress = (line: string) => console.error(line);
  const report = await runFuzz({
    seed,
    onProgress,
    ...(cases === undefined ? lasting(minutes) : repeating(seed, cases)),
  });
  console.log(formatFuzz(report, seed));
  if (report.findings.length > 0) process.exitCode = 1;
}

type Extent = Pick<FuzzPlan, "first" | "goesOn" | "batchCases">;

function lasting(minutes: number): Extent {
  const untilMs = performance.now() + minutes * 60_000;
  return { first: 0, batchCases: 200, goesOn: () => performance.now() < untilMs };
}

function repeating(seed: number, [first, last]: readonly [number, number]): Extent {
  for (let number = first; number <= last; number += 1)
    console.log(`case ${number}: ${describeCase(makeCase(seed, number))}`);
  return { first, batchCases: last - first + 1, goesOn: (sent) => sent === 0 };
}
