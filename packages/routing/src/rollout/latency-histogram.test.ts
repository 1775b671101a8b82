import { expect, test } from "vitest";
import { bucketEndMs, bucketOf, bucketsApart, LatencyHistogram } from "./latency-histogram.js";

function histogramOf(latenciesMs: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of latenciesMs) histogram.add(bucketOf(ms));
  return histogram;
}

const upTo1000 = Array.from({ length: 1_000 }, (_, index) => index + 1);

test("knows a quantile to 2 %", () => {
  const p95Ms = bucketEndMs(histogramOf(upTo1000).bucketBelow(0.05));
  expect(p95Ms).toBeGreaterThan(950 / 1.03);
  expect(p95Ms).toBeLessThan(950 * 1.03);
});

test("knows the share above a latency, and above one that is 30 % shorter", () => {
  const histogram = histogramOf(upTo1000);
  expect(histogram.shareAbove(bucketOf(950))).toBeCloseTo(0.05, 1);
  expect(histogram.shareAbove(bucketOf(950) - bucketsApart(1.3))).toBeCloseTo(1 - 950 / 1_000 / 1.3, 1);
});

test.each([0, 0.2, 1e9])("takes a latency of %d ms", (ms) => {
  expect(histogramOf([ms]).total).toBe(1);
});

test("forgets what is old, and follows what changes", () => {
  const histogram = histogramOf([...Array<number>(20_000).fill(100), ...Array<number>(60_000).fill(500)]);
  expect(histogram.total).toBeLessThanOrEqual(10_000);
  expect(bucketEndMs(histogram.bucketBelow(0.5))).toBeGreaterThan(480);
});
