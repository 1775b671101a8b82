/** The parts of vitest's JSON report that are read here. See https://vitest.dev/guide/reporters#json-reporter. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly TestFileReport[];
}

/** One file of a report. */
export interface TestFileReport {
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

/**
 * How many tests of a report passed and failed. A file that failed as a whole, with no test of its own to show for it
 * (it did not load, or its set-up failed), counts as one failed test: it would not be seen otherwise.
 */
export function countTests(report: TestReport): { readonly passed: number; readonly failed: number } {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((assertion) => assertion.status !== "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}
