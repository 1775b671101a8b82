import { describe, expect, test } from "vitest";
import { quickPlan } from "./case-plan.js";
import { checkCase } from "./report/check-case.js";
import { drawCase } from "./report/draw-case.js";
import { formatCase } from "./report/format-case.js";
import { runCase } from "./run-case.js";

describe("the headline case", () => {
  test("shares, bill and errors are as claimed", { timeout: 120_000 }, async () => {
    // Of this seed no call is left unanswered by the relay before, which would take its caller's patience.
    const results = await runCase({ ...quickPlan(5), slowness: 1, onProgress: () => {} });
    expect(checkCase(results, false).filter(({ isPassed }) => !isPassed)).toEqual([]);
    const { before, after } = results.variants;
    // What is answered is as much as what is asked, and before fails as often as the relay does.
    expect([before?.calls, after?.calls]).toEqual([600, 600]);
    expect(before?.errorPercent).toBeGreaterThan(1);
    expect(before?.errorPercent).toBeLessThan(3.5);
    expect(before?.sharePercent["gpt-4.1"]).toBe(100);
    expect(formatCase(results)).toContain("| errors |");
    expect(drawCase(results)).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});
