import { beforeAll, describe, expect, test } from "vitest";
import type { LearnedModel } from "../learned/learned-model.js";
import { loadLearnedModel } from "../learned/load-learned-model.js";
import { scoreFeatures, scoreText } from "../learned/score-text.js";
import { formatWeights } from "../learned/weights-file.js";
import { compareScores } from "./compare-scores.js";
import { type FittedModel, fitModel } from "./fit-model.js";
import { createLabel } from "./label.js";

// What no prior knows: whatever has to do with a zorvex is hard. One label in ten says the contrary.
const labels = Array.from({ length: 90 }, (_, index) => {
  const isHard = index % 2 === 0;
  const prompt = `Tell the ${isHard ? "zorvex" : "flimmer"} about the ${"abcdefghij"[index % 10]}${index} of the day.`;
  return createLabel(prompt, isHard === index % 20 < 18 ? 0 : 1, 1);
});

let prior: LearnedModel;
let fitted: FittedModel;
beforeAll(async () => {
  prior = await loadLearnedModel();
  fitted = fitModel(prior, labels, 1);
});

const textOf = ({ model }: FittedModel) => formatWeights({ name: "sample", base: prior.version, model });

describe("a model that is fitted to labels", () => {
  test("orders prompts that it has not seen", () => {
    const before = labels.map(({ features }) => scoreFeatures(prior, features).score);
    const { change, after } = compareScores(labels, before, fitted.heldOutScores);
    expect(after.value).toBeGreaterThan(0.6);
    expect(change.value).toBeGreaterThan(2 * change.standardError);
    const [hard, easy] = ["A zorvex?", "A flimmer?"].map((text) => scoreText(fitted.model, text).score);
    expect(hard).toBeGreaterThan(easy ?? 1);
  });

  test("has the calibration of what it scores", () => {
    const { calibration, cutoffs } = fitted.model;
    expect(calibration).toHaveLength(prior.calibration.length);
    expect(calibration.at(0)).toBe(Math.min(...fitted.heldOutScores));
    expect(calibration.at(-1)).toBe(Math.max(...fitted.heldOutScores));
    expect(calibration).toEqual(calibration.toSorted((one, other) => one - other));
    const below = (cutoff: number, { calibration: scores }: LearnedModel) =>
      scores.filter((score) => score < cutoff).length / scores.length;
    for (const name of ["medium", "high"] as const)
      expect(below(cutoffs[name], fitted.model)).toBeCloseTo(below(prior.cutoffs[name], prior), 1);
  });

  test("is the same for the same labels and seed", () => {
    const again = fitModel(prior, labels, 1);
    expect(again.heldOutScores).toEqual(fitted.heldOutScores);
    expect(textOf(again)).toBe(textOf(fitted));
    expect(fitModel(prior, labels, 2).heldOutScores).not.toEqual(fitted.heldOutScores);
  });
});

test("labels of one prompt alone change no order", () => {
  const same = Array.from({ length: 60 }, (_, index) => createLabel("What now?", index % 2, 1));
  const { heldOutScores } = fitModel(prior, same, 1);
  const score = scoreText(prior, "What now?").score;
  const { change } = compareScores(
    same,
    same.map(() => score),
    heldOutScores,
  );
  expect(change).toEqual({ value: 0, standardError: 0 });
});
