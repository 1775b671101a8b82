#!/usr/bin/env node
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatRouting } from "./format-routing.js";
import { qualityChart } from "./quality-chart.js";
import { replaceSection } from "./replace-section.js";
import { type RoutingResults, runRoutingBench } from "./run-routing-bench.js";
import { writeSampleData } from "./sample-data.js";

const helpText = `Usage: npm run bench:routing -- [options]

Measures how well Meridian's policies tell the prompts that are worth an expensive model, next to chance and to length.

Options:
  --data FOLDER  where dev.jsonl.gz and dev_multilingual.jsonl.gz are: prompts with the measured outcomes of models. They
                 are no part of the repository, see docs/learned-routing.md.
  --quick        rough intervals; without --data a few made-up prompts, which show that everything works
  --json FILE    also write the results, as JSON
  --write        also write them to docs/learned-routing.md, its chart, and bench/results/routing.json
  --help         print this`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Where the command was given: npm goes to the root of the workspace. */
const here = process.env["INIT_CWD"] ?? "";

try {
  if (values.help) console.log(helpText);
  else await main();
} catch (error) {
  console.error(`bench:routing: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const results = await withData(async (data) =>
    runRoutingBench({ data, resamples: values.quick ? 50 : 1_000, seed: 1 }),
  );
  console.log(formatRouting(results));
  if (values.json !== undefined) await writeJson(resolve(here, values.json), results);
  if (values.write) await writeDocs(results);
}

async function withData(run: (data: string) => Promise<RoutingResults>): Promise<RoutingResults> {
  if (values.data !== undefined) return run(resolve(here, values.data));
  if (!values.quick || values.write)
    throw new Error("no --data: the prompts are no part of the repository. --quick alone tries a few made-up ones.");
  console.error("bench:routing: made-up prompts, no --data: their figures mean nothing");
  const folder = await mkdtemp(join(tmpdir(), "meridian-routing-"));
  try {
    await writeSampleData(folder);
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeJson(file: string, results: RoutingResults): Promise<void> {
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  await writeFile(file, `${JSON.stringify(results, rounded, 2)}\n`);
}

async function writeDocs(results: RoutingResults): Promise<void> {
  const root = new URL("../../../", import.meta.url);
  const page = new URL("docs/learned-routing.md", root);
  await writeFile(page, replaceSection(await readFile(page, "utf8"), "bench:routing", formatRouting(results)));
  const suites = results.suites.filter(({ isParallel }) => !isParallel);
  const panels = suites.map(({ suite, rows, quality }) => ({ title: `${suite} (${rows} prompts)`, quality }));
  const mean = results.headline === undefined ? [] : [{ title: "mean of mixed suites", quality: results.headline }];
  await writeFile(new URL("docs/images/routing-quality.svg", root), qualityChart([...mean, ...panels]));
  await writeJson(fileURLToPath(new URL("bench/results/routing.json", root)), results);
}
