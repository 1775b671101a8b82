import { expect, test } from "vitest";
import { countTests } from "./count-tests.ts";

const passed = { status: "passed", assertionResults: [{ status: "passed" }] };
const failed = { status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] };
const broken = { status: "failed", assertionResults: [] };

test.each([
  ["all passed", { numPassedTests: 1, numFailedTests: 0, testResults: [passed] }, { passed: 1, failed: 0 }],
  ["one failed", { numPassedTests: 2, numFailedTests: 1, testResults: [passed, failed] }, { passed: 2, failed: 1 }],
  ["a broken file", { numPassedTests: 1, numFailedTests: 0, testResults: [passed, broken] }, { passed: 1, failed: 1 }],
])("%s", (_, report, counts) => {
  expect(countTests(report)).toEqual(counts);
});
