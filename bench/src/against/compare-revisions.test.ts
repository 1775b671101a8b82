import { expect, test } from "vitest";
import type { Sample } from "../measure/sample.js";
import type { BenchResults } from "../report/bench-results.js";
import { summarize } from "../report/summarize.js";
import { directSubject } from "../subjects/direct.js";
import { quickSizes } from "../works/sizes.js";
import { createUnaryWorks } from "../works/unary.js";
import { compareRevisions } from "./compare-revisions.js";
import { formatRatios } from "./format-ratios.js";

const [work] = createUnaryWorks(quickSizes);
if (work === undefined) throw new Error("no work");
const sample = (subject: string, round: number, cpuMicroseconds: number): Sample => ({
  round,
  work: work.name,
  subject,
  answers: 1,
  cpuMicroseconds,
  coreShare: 1,
  kiloInstructions: null,
  unitsPerSecond: 1,
  latencyMs: { p50: 1, p99: 1 },
});
const footprint = (subject: string, residentBytes: number) => ({
  subject,
  readyMs: 1,
  cpuMs: 100,
  residentBytes,
  residentAfterBytes: null,
});
// The machine was ten times as slow in the second round.
const samples = [
  sample("rpc", 1, 150),
  sample("rpc before", 1, 100),
  sample("rpc", 2, 1_200),
  sample("rpc before", 2, 1_000),
];
const results: BenchResults = {
  startedAt: "",
  machine: { commit: "", isModified: false, node: "", cpu: "", cores: 2, kernel: "", loadBefore: 0 },
  fixtureSha256: "",
  rounds: 2,
  sizes: quickSizes,
  cores: null,
  instructions: "",
  subjects: [],
  skipped: [],
  works: [summarize(work, samples)],
  footprints: [footprint("rpc", 110), footprint("rpc before", 100)],
  idle: [],
  artefact: null,
  samples,
};
const named = (name: string) => ({ ...directSubject, name });

test("a revision is compared round by round, and what has become dearer is warned of", () => {
  const ratios = compareRevisions(results, [{ after: named("rpc"), before: named("rpc before") }]);
  expect(ratios.map(({ figure, ratio }) => [figure, ratio.median])).toEqual([
    ["unary-http1, rpc, CPU", 1.35],
    ["CPU until ready, rpc", 1],
    ["memory at rest, rpc", 1.1],
  ]);
  const report = formatRatios("abc", ratios);
  expect(report.match(/^warning: .*/gm)).toEqual([
    "warning: unary-http1, rpc, CPU: 1.35 (1.20-1.50) times what it was at abc",
  ]);
  expect(formatRatios("abc", ratios.slice(1))).toContain("Nothing is dearer");
});
