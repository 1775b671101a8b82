import { expect, test } from "vitest";
import { parseStolenMs, readStolenMs } from "./stolen-time.js";

const stat = `cpu  7716340 337136 1128674 6132746 40835 0 112376 456576 0 0
cpu0 3858170 168568 564337 3066373 20417 0 56188 228288 0 0
cpu1 3858170 168568 564337 3066373 20418 0 56188 228 0 0
cpu10 1 1 1 1 1 1 1 7 0 0
intr 1 2 3
`;

test("time stolen from the cores that are asked for is added up", () => {
  expect(parseStolenMs(stat, [1])).toBe(2_280);
  expect(parseStolenMs(stat, [1, 10])).toBe(2_350);
  expect(parseStolenMs(stat, [])).toBe(0);
  expect(parseStolenMs("cpu0 1 2 3 4\n", [0, 1])).toBe(0);
});

test("it is a number on this machine", () => {
  expect(readStolenMs([0])).toBeGreaterThanOrEqual(0);
});
