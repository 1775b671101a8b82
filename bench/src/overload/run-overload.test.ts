import { describe, expect, test } from "vitest";
import { formatOverload } from "./format-overload.js";
import { runOverload } from "./run-overload.js";

// How many are refused is none of a test's business: what is looked at is that every call is counted, and once.
describe.runIf(process.platform === "linux")("the measurement of overload", () => {
  test("counts every call, in both protocols", async () => {
    const results = await runOverload({
      forms: ["unary-http1", "unary-h2c"],
      loads: [0.5, 3],
      seconds: 0.3,
      warmUpSeconds: 0.1,
      inTimeMs: 2_000,
      onProgress: () => {},
    });
    expect(results.samples.map(({ form, load }) => `${form} ${load}`)).toEqual([
      "unary-http1 0.5",
      "unary-http1 3",
      "unary-h2c 0.5",
      "unary-h2c 3",
    ]);
    for (const sample of results.samples) {
      const others = Object.values(sample.others).reduce((sum, count) => sum + count, 0);
      expect(sample.answered + sample.late + sample.refused + others).toBe(sample.calls);
      expect(sample.answered).toBeGreaterThan(0);
      expect(sample.probe).toMatchObject({ failed: 0 });
      expect(formatOverload(results)).toContain(`| ${sample.form} | ${sample.load} x |`);
    }
  }, 120_000);
});
