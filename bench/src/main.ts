#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runAgainst } from "./against/run-against.js";
import { helpText, parseCommandLine } from "./command-line.js";
import { formatClaims } from "./report/format-claims.js";
import { formatResults } from "./report/format-results.js";
import { claimsOf } from "./report/must-show.js";
import { writeDocs } from "./report/write-docs.js";
import { runBench } from "./run-bench.js";
import { allSubjects, ownSubjects } from "./subjects/all-subjects.js";
import { createMeridianSubject } from "./subjects/meridian.js";
import type { Subject } from "./subjects/subject.js";
import { createWorks } from "./works/all-works.js";
import { fullSizes, quickSizes } from "./works/sizes.js";
import type { WorkSizes } from "./works/work.js";

const root = new URL("../../", import.meta.url);

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { against, isHelp, isPeers, isQuick, isWritten, jsonFile, rounds, subjects, works } = parseCommandLine(
    process.argv.slice(2),
  );
  if (isHelp) {
    console.log(helpText);
    return;
  }
  if (process.platform !== "linux") throw new Error("the CPU of a process is read from /proc, which only Linux has");
  const onProgress = (line: string) => console.error(line);
  if (against !== undefined) {
    console.log(await runAgainst({ revision: against, isQuick, rounds: rounds ?? (isQuick ? 3 : 5), onProgress }));
    return;
  }
  if (isPeers) spawnSync(fileURLToPath(new URL("bench/install-peers.sh", root)), { stdio: ["ignore", 2, 2] });
  const wants = (work: string) => works?.includes(work) ?? true;
  const sizes: WorkSizes = isQuick ? quickSizes : fullSizes;
  const results = await runBench({
    subjects: choose(isQuick && !isPeers && subjects === undefined ? ownSubjects : allSubjects, subjects),
    works: works === undefined ? undefined : choose(createWorks(sizes), works.filter(isTimed)).map(({ name }) => name),
    sizes: { ...sizes, idleStreams: wants("idle") ? sizes.idleStreams : [] },
    rounds: rounds ?? (isQuick ? 1 : 5),
    isWarm: true,
    artefact: wants("start-up") ? buildArtefact() : undefined,
    onProgress,
  });
  console.log(`${formatResults(results)}\n\n${formatClaims(claimsOf(results))}`);
  if (isQuick) console.log("\nA quick run is no measurement: it shows that everything works, and what is far off.");
  if (isWritten) writeDocs(results, root);
  if (jsonFile === undefined) return;
  const file = resolve(jsonFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** The works that are not calls against the clock. */
function isTimed(work: string): boolean {
  return work !== "idle" && work !== "start-up";
}

/** The items of these names, all of them where none are named. Throws for a name that nothing has. */
function choose<Item extends { readonly name: string }>(
  items: readonly Item[],
  names: readonly string[] | undefined,
): readonly Item[] {
  const unknown = names?.find((name) => !items.some((item) => item.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no ${unknown}, only ${items.map(({ name }) => name).join(", ")}`);
  return items.filter(({ name }) => names?.includes(name) ?? true);
}

function buildArtefact(): Subject {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL("scripts/build-artefact.ts", root))], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the artefact cannot be built: ${stderr}`);
  return createMeridianSubject(
    "artefact",
    "The production artefact.",
    {},
    { artefact: new URL(".cache/artefact/", root) },
  );
}
