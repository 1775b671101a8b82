import { bucketCount } from "@meridian/routing";
import { expect, test } from "vitest";
import { type FitSettings, fitHead, type Sample } from "./fit-head.js";

const settings: FitSettings = { penalty: 1, textScale: 1, epochs: 30, seed: 1 };

/** Rows of two data sets: in both, bucket 5 and a large measure mean a right answer. */
const samples = Array.from({ length: 200 }, (_, index): Sample => {
  const isRight = index % 2 === 0;
  return {
    buckets: Int32Array.of(isRight ? 5 : 6),
    values: Float64Array.of(1),
    measures: Float64Array.of(isRight ? 1 : -1),
    suite: index % 4 < 2 ? 0 : 1,
    weight: 1,
  };
});
const targets = samples.map((_, index) => (index % 2 === 0 ? 1 : 0));

test("a fit finds what tells right from wrong", () => {
  const { text, measures, bias } = fitHead(samples, targets, settings);
  expect(text.length).toBe(bucketCount);
  expect(text[5]).toBeGreaterThan(0.1);
  expect(text[6]).toBeLessThan(-0.1);
  expect(measures[0]).toBeGreaterThan(0.2);
  expect(Math.abs(bias - 0.5)).toBeLessThan(0.1);
  expect(text.reduce((count, weight) => count + (weight === 0 ? 0 : 1), 0)).toBe(2);
});

test("a fit comes to where the slope of the penalised loss is zero", () => {
  const { text, measures, bias } = fitHead(samples, targets, { ...settings, epochs: 300 });
  const estimate = (right: number) => (text[right > 0 ? 5 : 6] ?? 0) + right * (measures[0] ?? 0) + bias;
  const error = (right: number) => (right > 0 ? 1 : 0) - estimate(right);
  expect(100 * error(1)).toBeCloseTo(settings.penalty * (text[5] ?? 0), 3);
  expect(100 * error(1) - 100 * error(-1)).toBeCloseTo(settings.penalty * (measures[0] ?? 0), 3);
});

test("a data set that is harder as a whole changes no weight, only its constant", () => {
  const harder = samples.map((sample) => ({
    ...sample,
    buckets: new Int32Array(),
    values: new Float64Array(),
    measures: Float64Array.of(0),
  }));
  const { text, measures } = fitHead(
    harder,
    harder.map(({ suite }) => suite),
    settings,
  );
  expect([text, measures].flatMap((weights) => [...weights]).every((weight) => weight === 0)).toBe(true);
});

test("the same rows and seed give the same weights, another order hardly others", () => {
  const one = fitHead(samples, targets, settings);
  expect(fitHead(samples, targets, settings)).toEqual(one);
  const other = fitHead(samples, targets, { ...settings, seed: 2 });
  expect(other.text[5]).toBeCloseTo(one.text[5] ?? 0, 2);
});
