import { expect, test } from "vitest";
import type { Row } from "./read-rows.js";
import { smoothedOutcomes } from "./smoothed-outcomes.js";

const row = (suite: string, group: string | undefined, weakOk: number): Row => {
  return { suite, group, lang: "en", prompt: "", weakOk, strongOk: 1, pair: undefined };
};

test("an outcome goes 3 tenths of the way to the mean of its group, a small group's to that of its set", () => {
  const rows = [
    ...Array.from({ length: 30 }, () => row("exam", "law", 0)),
    ...Array.from({ length: 30 }, () => row("exam", "art", 1)),
    row("other", "law", 1),
  ];
  const smoothed = smoothedOutcomes(rows, ({ weakOk }) => weakOk);
  // Ten more rows with the set's mean, 0.5, stand beside the thirty of each group.
  expect(smoothed[0]).toBeCloseTo(0.3 * (5 / 40), 12);
  expect(smoothed[30]).toBeCloseTo(0.7 + 0.3 * (35 / 40), 12);
  expect(smoothed[60]).toBeCloseTo(1, 12);
});

test("without groups it goes to the mean of its set", () => {
  const rows = [row("exam", undefined, 0), row("exam", undefined, 1)];
  expect(smoothedOutcomes(rows, ({ weakOk }) => weakOk)).toEqual([0.15, 0.85]);
});
