import { expect, test } from "vitest";
import { between } from "./write-docs.js";

const page = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nafter\n";

test("only what is between the marks is written again", () => {
  const written = between(page, "a", "new");
  expect(written).toBe("before\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nafter\n");
  expect(between(written, "a", "new")).toBe(written);
});

test("a page without the marks is refused", () => {
  expect(() => between(page, "b", "new")).toThrow("no place");
});
