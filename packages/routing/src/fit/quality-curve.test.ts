import { describe, expect, test } from "vitest";
import { areaUnderCurve, gainAtShare, qualityCurve, shareToWin } from "./quality-curve.js";

const curveOf = (scores: readonly number[], weak: readonly number[], strong: readonly number[]) =>
  qualityCurve(scores.map((score, index) => ({ score, weakOk: weak[index] ?? 0, strongOk: strong[index] ?? 0 })));

// By hand: of four prompts the expensive model is right about all, the cheap one about the last two.
describe.each([
  ["the best order", [4, 3, 2, 1], { area: 0.75, half: 0.25, most: 0.4 }],
  ["the worst order", [1, 2, 3, 4], { area: 0.25, half: 0.75, most: 0.9 }],
  ["no order", [0, 0, 0, 0], { area: 0.5, half: 0.5, most: 0.8 }],
  ["two groups", [2, 2, 1, 1], { area: 0.75, half: 0.25, most: 0.4 }],
  ["two groups that say nothing", [2, 1, 2, 1], { area: 0.5, half: 0.5, most: 0.8 }],
])("%s", (_name, scores, { area, half, most }) => {
  const curve = curveOf(scores, [0, 0, 1, 1], [1, 1, 1, 1]);
  test("has its area", () => expect(areaUnderCurve(curve)).toBeCloseTo(area, 12));
  test("wins half of the gap", () => expect(shareToWin(curve, 0.5)).toBeCloseTo(half, 12));
  test("wins most of the gap", () => expect(shareToWin(curve, 0.8)).toBeCloseTo(most, 12));
});

test("an expensive model that harms takes back what was won", () => {
  const curve = curveOf([3, 2, 1], [0, 0, 1], [1, 1, 0]);
  expect(areaUnderCurve(curve)).toBeCloseTo((0.5 + 1.5 + 1.5) / 3, 12);
  expect(shareToWin(curve, 0.5)).toBeCloseTo(1 / 6, 12);
});

test("between two prompts the gain is a straight line", () => {
  const curve = curveOf([0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]);
  expect([0, 0.3, 1].map((share) => gainAtShare(curve, share))).toEqual([0, 0.15, 0.5]);
});
