import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { learnedWeights } from "../gen/learned-weights.js";
import { type LearnedModel, parseLearnedModel } from "./learned-model.js";
import { loadLearnedModel } from "./load-learned-model.js";
import { explainScore, scoreText, tierOfScore } from "./score-text.js";

let model: LearnedModel;
beforeAll(async () => {
  model = await loadLearnedModel();
});

describe("a score", () => {
  test.each([
    ["nothing", ""],
    ["a word", "hi"],
    ["a question in Korean", "다음 중 소수가 아닌 것은 무엇입니까?"],
    ["100,000 letters", "a".repeat(100_000)],
    ["100,000 line feeds", "\n".repeat(100_000)],
    ["100,000 syllables", "가".repeat(100_000)],
    ["100,000 backslashes", "\\".repeat(100_000)],
    ["lone surrogates", "\ud800".repeat(5000)],
  ])("of %s is the difference of two estimates", (_name, text) => {
    const { score, cheapRight, expensiveRight, language } = scoreText(model, text);
    for (const estimate of [cheapRight, expensiveRight]) {
      expect(estimate).toBeGreaterThan(-0.5);
      expect(estimate).toBeLessThan(1.5);
    }
    expect(score).toBe(expensiveRight - cheapRight + model.languageOffsets[language]);
    expect(scoreText(model, text).score).toBe(score);
  });

  test.each([
    [
      "a program than for a matter of fact",
      "Write a python function to find the longest common subsequence of two lists.",
      "who sang the theme song of the first movie",
    ],
    [
      "a contest problem than for common sense",
      "Let $f(x) = \\frac{x^2 - 1}{x + 2}$. Find the sum of all real $x$ such that $f(f(x)) = x$.",
      "Where would you keep a spare blanket?",
    ],
  ])("is higher for %s", (_name, hard, easy) => {
    expect(scoreText(model, hard).score).toBeGreaterThan(scoreText(model, easy).score + 0.05);
  });

  test("has a tier by the cut-offs", () => {
    const { medium, high } = model.cutoffs;
    expect(medium).toBeLessThan(high);
    expect([medium - 1e-9, medium, high - 1e-9, high].map((score) => tierOfScore(model, score))).toEqual([
      "low",
      "medium",
      "medium",
      "high",
    ]);
  });
});

describe("an explanation", () => {
  const text = "Prove that the sum of two odd numbers is even.";

  test("names parts of the text and surface features, the heaviest first", () => {
    const all = explainScore(model, text, Number.POSITIVE_INFINITY);
    const effects = all.map(({ effect }) => Math.abs(effect));
    expect(effects).toEqual([...effects].sort((one, other) => other - one));
    for (const { name } of all) if (name.startsWith('"')) expect(text.toLowerCase()).toContain(name.slice(1, -1));
    expect(all.some(({ name }) => name === "length")).toBe(true);
    expect(explainScore(model, text, 3)).toEqual(all.slice(0, 3));
  });

  test("tells what the score would be without a part", () => {
    const only: LearnedModel = {
      ...model,
      cheap: { ...model.cheap, surface: model.cheap.surface.map(() => 0) },
      expensive: { ...model.expensive, surface: model.expensive.surface.map(() => 0) },
    };
    const [part, ...others] = explainScore(only, "?", 10);
    expect(others).toEqual([]);
    expect(part?.name).toBe('"?"');
    expect(scoreText(only, "?").score - (part?.effect ?? 0)).toBeCloseTo(scoreText(only, "").score, 12);
  });

  test("of nothing has no parts", () => {
    for (const { name } of explainScore(model, "", 100)) expect(name).not.toContain('"');
  });
});

describe("the weights", () => {
  test("are at most 600 KB as they are shipped", () => {
    expect(readFileSync(new URL("../gen/learned-weights.ts", import.meta.url)).length).toBeLessThanOrEqual(600_000);
  });

  test("for other features are refused", () => {
    const { surfaceMeans, cheap } = learnedWeights;
    for (const wrong of [{ surfaceMeans: surfaceMeans.slice(1) }, { cheap: { ...cheap, text: btoa("few") } }])
      expect(() => parseLearnedModel({ ...learnedWeights, ...wrong })).toThrow(RangeError);
  });
});
