import { expect, test } from "vitest";
import { formatFuzz } from "./format-fuzz.js";
import { areas } from "./fuzz-case.js";
import { runFuzz } from "./run-fuzz.js";

const seed = 20_261;

// A short one, so that neither the proxy nor this rots. `npm run fuzz -- --seed 20261 --case N` repeats what it finds.
test("a fuzz run of some seconds leaves the proxies serving", async () => {
  const report = await runFuzz({
    seed,
    first: 0,
    batchCases: 400,
    goesOn: (sent) => sent < 1_200,
    onProgress: (line) => console.log(line),
  });
  expect(report.findings, formatFuzz(report, seed)).toEqual([]);
  for (const area of areas) expect(report.casesByArea[area]).toBeGreaterThan(150);
}, 180_000);
