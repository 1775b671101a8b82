import { expect, test } from "vitest";
import { bytesPerCall } from "./bytes-per-call.js";

const samplesOf = (perCall: number, noise: readonly number[]) =>
  noise.map((bytes, index) => ({ calls: 1_000 * index, heldBytes: 50e6 + perCall * 1_000 * index + bytes }));

test.each([
  ["a leak of 1,000 bytes a call", samplesOf(1_000, [0, 0, 0, 0]), 1_000],
  ["no leak", samplesOf(0, [0, 0, 0, 0, 0, 0]), 0],
  ["growth that has come to its end", samplesOf(0, [0, 3e6, 5e6, 6e6, 6e6, 6e6]), 0],
  ["one sample alone", samplesOf(0, [0]), 0],
])("%s", (_name, samples, expected) => {
  expect(bytesPerCall(samples)).toBeCloseTo(expected);
});

test("a collection that came out high in the middle moves it little", () => {
  expect(bytesPerCall(samplesOf(1_000, [0, 0, 0, 200_000, 0, 0]))).toBeGreaterThan(800);
});
