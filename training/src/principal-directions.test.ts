import { expect, test } from "vitest";
import { principalDirections } from "./principal-directions.js";

/** Texts about two things, each with both its words and one of three more; word 9 is in all of them, word 70 in one. */
const texts = Array.from({ length: 60 }, (_, index) => {
  const first = index % 2 === 0 ? 10 : 20;
  const buckets = Int32Array.of(9, first, first + 1, first + 2 + (index % 3), ...(index === 7 ? [70] : []));
  return { buckets, values: new Float64Array(buckets.length).fill(0.5) };
});
const twoDirections = principalDirections(texts, { count: 2, seed: 1 });

test("texts about the same thing go the same way, others another", () => {
  const cosine = (one: Float64Array = new Float64Array(2), other: Float64Array = new Float64Array(2)) => {
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
    return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
  };
  const { places } = twoDirections;
  expect(cosine(places[0], places[6])).toBeGreaterThan(0.9);
  expect(Math.abs(cosine(places[0], places[3]))).toBeLessThan(0.1);
});

test("weights of buckets do what weights of directions do", () => {
  const weights = Float64Array.of(2, -3);
  const ofBuckets = twoDirections.bucketWeights(weights);
  for (const [index, { buckets, values }] of texts.entries()) {
    const place = twoDirections.places[index] ?? [];
    const byBuckets = buckets.reduce((sum, bucket, part) => sum + (values[part] ?? 0) * (ofBuckets[bucket] ?? 0), 0);
    expect(byBuckets).toBeCloseTo(2 * (place[0] ?? 0) - 3 * (place[1] ?? 0), 9);
  }
});

test("what is in nearly all texts or in fewer than three has no weight", () => {
  const ofBuckets = twoDirections.bucketWeights(Float64Array.of(1, 1));
  expect([ofBuckets[9], ofBuckets[70], ofBuckets[500]]).toEqual([0, 0, 0]);
  expect(ofBuckets[10]).not.toBe(0);
});

test("there are no more directions than the texts have", () => {
  const { places } = principalDirections(texts, { count: 40, seed: 1 });
  expect(places[0]?.length).toBeLessThan(10);
});
