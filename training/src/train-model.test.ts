import { scoreText } from "@meridian/routing";
import { expect, test } from "vitest";
import { formatWeights } from "./format-weights.js";
import type { Row } from "./read-rows.js";
import { trainModel } from "./train-model.js";

const row = (prompt: string, weakOk: number, lang = "en", pair?: string): Row => ({
  suite: "sample",
  group: undefined,
  lang,
  prompt,
  weakOk,
  strongOk: 1,
  pair,
});
const rows = Array.from({ length: 120 }, (_, index) =>
  index % 2 === 0 ? row(`Prove lemma ${index} of the paper.`, 0) : row(`Name colour ${index} of the flag.`, 1),
);
const parallel = [
  row("Name the colour.", 1, "en", "a"),
  row("Warna apa yang ada pada bendera ini?", 1, "id", "a"),
  row("Lá cờ này có những màu nào?", 1, "vi", "a"),
  row("什么颜色？", 1, "zh", "a"),
];
const options = { version: "sample-1", seed: 3 };

test("a model scores what the cheap model fails at above the rest, and languages alike", () => {
  const model = trainModel(rows, parallel, options);
  expect(scoreText(model, "Prove the lemma.").score).toBeGreaterThan(scoreText(model, "Name a colour.").score);
  const [english = 0, ...others] = parallel.map(({ prompt }) => scoreText(model, prompt).score);
  for (const score of others) expect(score).toBeCloseTo(english, 4);
  expect(model.calibration.length).toBe(65);
  expect([...model.calibration].sort((one, other) => one - other)).toEqual(model.calibration);
  expect(model.calibration[32]).toBeGreaterThan(model.calibration[0] ?? 0);
  expect(model.cutoffs.medium).toBeLessThan(model.cutoffs.high);
});

test("the same rows and seed give the same bytes", () => {
  const bytes = formatWeights(trainModel(rows, parallel, options));
  expect(formatWeights(trainModel(rows, parallel, options))).toBe(bytes);
  expect(bytes).toContain('"version": "sample-1"');
});
