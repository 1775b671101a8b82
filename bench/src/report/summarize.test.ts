import { expect, test } from "vitest";
import type { Sample } from "../measure/sample.js";
import { quickSizes } from "../works/sizes.js";
import { createUnaryWorks } from "../works/unary.js";
import { summarize } from "./summarize.js";

const [work] = createUnaryWorks(quickSizes);
if (work === undefined) throw new Error("no work");

const sample = (subject: string, round: number, cpuMicroseconds: number | null, p50: number): Sample => ({
  round,
  work: work.name,
  subject,
  answers: 4,
  cpuMicroseconds,
  coreShare: 0.5,
  kiloInstructions: null,
  unitsPerSecond: 10,
  latencyMs: { p50, p99: 2 * p50 },
});

test("subjects are compared within a round, and the middle round counts", () => {
  // The machine was ten times as slow in the last round: the comparison does not notice.
  const samples = [
    sample("direct", 1, null, 1),
    sample("raw-node", 1, 100, 2),
    sample("meridian", 1, 300, 4),
    sample("direct", 2, null, 1),
    sample("raw-node", 2, 110, 2),
    sample("meridian", 2, 385, 5),
    sample("direct", 3, null, 10),
    sample("raw-node", 3, 1_000, 20),
    sample("meridian", 3, 4_000, 40),
    { ...sample("meridian", 1, 9, 9), work: "another" },
  ];
  const { figures } = summarize(work, samples);

  expect(figures.map(({ subject, answers }) => [subject, answers])).toEqual([
    ["direct", 12],
    ["raw-node", 12],
    ["meridian", 12],
  ]);
  expect(figures[2]).toMatchObject({
    cpuMicroseconds: { median: 385, lowest: 300, highest: 4_000 },
    kiloInstructions: null,
    timesCpuOf: { "raw-node": { median: 3.5, lowest: 3, highest: 4 } },
    addedP50Ms: { median: 4, lowest: 3, highest: 30 },
    addedP99Ms: { median: 8, lowest: 6, highest: 60 },
  });
  expect(figures[0]).toMatchObject({ cpuMicroseconds: null, timesCpuOf: {} });
});

test("a baseline too cheap for the clock gives no ratio", () => {
  const { figures } = summarize(work, [sample("raw-node", 1, 0, 1), sample("meridian", 1, 300, 4)]);
  expect(figures[1]?.timesCpuOf).toEqual({});
});
