import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { parseWorkers } from "./parse-workers.js";

test.each([
  ["1", 1],
  ["64", 64],
  ["auto", Math.min(availableParallelism(), 64)],
])("%s", (text, workers) => {
  expect(parseWorkers(text)).toBe(workers);
});

test.each(["0", "65", "-1", "1.5", "", " ", "two", "1e1", "0x2"])("refuses %j", (text) => {
  expect(() => parseWorkers(text)).toThrow("whole number from 1 to 64, or auto");
});
