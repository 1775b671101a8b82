import { expect, test } from "vitest";
import { quantile, spreadOf } from "./spread.js";

test.each([
  [[5], { median: 5, lowest: 5, highest: 5 }],
  [[3, 1, 2], { median: 2, lowest: 1, highest: 3 }],
  [[10, 2, 100, 4], { median: 7, lowest: 2, highest: 100 }],
])("the spread of %j", (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});

test("a quantile lies between its neighbours", () => {
  expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
});

test("nothing has no spread", () => {
  expect(() => spreadOf([])).toThrow(RangeError);
});
