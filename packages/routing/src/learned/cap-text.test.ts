import { describe, expect, test } from "vitest";
import { capText, maxCappedUnits } from "./cap-text.js";

describe("a capped text", () => {
  test("is the whole, up to the cap", () => {
    for (const text of ["", "a", "ab".repeat(1500), "x".repeat(maxCappedUnits)]) expect(capText(text)).toBe(text);
  });

  test("is the beginning and the end of a longer one", () => {
    const text = `${"a".repeat(1500)}${"b".repeat(5000)}${"c".repeat(1500)}`;
    expect(capText(text)).toBe(`${"a".repeat(1500)}\n${"c".repeat(1500)}`);
  });

  test.each([0, 1])("cuts no surrogate pair, %i units in", (shift) => {
    const capped = capText("x".repeat(shift) + "😀".repeat(5000));
    expect(capped.isWellFormed()).toBe(true);
    expect(capped.length).toBeGreaterThan(maxCappedUnits - 3);
    expect(capped.length).toBeLessThanOrEqual(maxCappedUnits);
  });
});
