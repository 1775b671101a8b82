import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { formatRouting } from "./format-routing.js";
import { parityReports } from "./parity-report.js";
import { qualityChart } from "./quality-chart.js";
import { qualityReport } from "./quality-report.js";
import { replaceSection } from "./replace-section.js";
import { runRoutingBench } from "./run-routing-bench.js";
import { writeSampleData } from "./sample-data.js";
import type { ScoredRow } from "./score-rows.js";
import { tierReport } from "./tier-report.js";

const row = (score: number, tier: number, rest: Partial<ScoredRow>): ScoredRow => {
  const prediction = { score, tier };
  const untiered = { score, tier: undefined };
  return {
    id: "a",
    suite: "sample",
    lang: "en",
    prompt: "?",
    weakOk: 0,
    midOk: 1,
    strongOk: 1,
    pair: undefined,
    predictions: { random: untiered, length: untiered, keywords: prediction, learned: prediction },
    ...rest,
  };
};

test("the mean of two suites is that of their areas, and lies within its interval", () => {
  const best = [4, 3, 2, 1].map((score) => ({ score, weakOk: score > 2 ? 0 : 1, strongOk: 1 }));
  const worst = best.map((each) => ({ ...each, score: -each.score }));
  const { apgr, cpt50, cpt80, curve } = qualityReport([best, worst], 100, 1);
  // By hand: 0.75 and 0.25, 0.25 and 0.75, 0.4 and 0.9.
  expect([apgr.value, cpt50.value, cpt80.value]).toEqual([0.5, 0.5, expect.closeTo(0.65, 12)]);
  expect(apgr.low).toBeLessThan(0.5);
  expect(apgr.high).toBeGreaterThan(0.5);
  expect([curve[0], curve[50], curve[100]]).toEqual([0, 0.5, 1]);
});

test("tiers are held against the best mix of two models of the same cost", () => {
  // By hand: two of the medium and two of the low tier cost 1.46. Alone, the models are right for 1/2, 1 and 1.
  const rows = [row(4, 1, {}), row(3, 1, {}), row(2, 0, { weakOk: 1 }), row(1, 0, { weakOk: 1 })];
  expect(tierReport(rows, "learned")).toEqual({
    rows: 4,
    shares: [0.5, 0.5, 0],
    cost: expect.closeTo(1.46, 12),
    quality: 1,
    staticQuality: expect.closeTo(0.75, 12),
  });
  expect(tierReport(rows, "length")).toBeUndefined();
});

test("a language is held against the same prompts in English", () => {
  const pairs = ["a", "b", "c", "d"];
  const rows = [
    ...pairs.map((pair, index) => row(index, 0, { pair })),
    ...pairs.map((pair, index) => row(index + 1, 0, { pair, lang: "vi" })),
    row(9, 0, { lang: "vi" }),
  ];
  // The English median is 2; of 1, 2, 3 and 4 two are above. What is not there in English does not count.
  expect(parityReports(rows)).toEqual([{ lang: "vi", rows: 4, aboveEnglishMedian: 0.5 }]);
});

test("a section of a page is replaced, and the rest stays", () => {
  expect(replaceSection("a <!-- x -->old<!-- /x --> b", "x", "new")).toBe("a <!-- x -->\n\nnew\n\n<!-- /x --> b");
  expect(() => replaceSection("a", "x", "new")).toThrow(/no <!-- x -->/);
});

// Two processes start, and git looks at the whole checkout.
test("the whole runs on made-up prompts, and says what is missing", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "meridian-routing-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const plan = { data: folder, resamples: 5, seed: 1 };
  await expect(runRoutingBench(plan)).rejects.toThrow(
    /neither dev\.jsonl\.gz nor dev_multilingual\.jsonl\.gz is there/,
  );
  await writeSampleData(folder);
  await rm(join(folder, "dev_multilingual.jsonl.gz"));
  const results = await runRoutingBench(plan);
  expect(results.suites.map(({ suite, rows }) => [suite, rows])).toEqual([
    ["mmlu", 24],
    ["sample", 24],
  ]);
  expect(results.headline?.learned.apgr.value).toBe(results.suites[0]?.quality.learned.apgr.value);
  const page = formatRouting(results);
  expect(page).toContain("Not measured: dev_multilingual.jsonl.gz is not there.");
  expect(page).toMatch(/\| mmlu \| 24 \| learned \|/);
  const chart = qualityChart(results.suites.map(({ suite, quality }) => ({ title: suite, quality })));
  expect(chart.match(/<polyline/g)).toHaveLength(8);
  expect(chart).not.toContain("NaN");
});
