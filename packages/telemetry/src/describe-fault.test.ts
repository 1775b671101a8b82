import { expect, test } from "vitest";
import { describeFault } from "./describe-fault.js";

test("tells class, code and place of an error and its causes, and none of its words", () => {
  const words = "the prompt\n    at the prompt\n    at prompt (file:///prompt.js:1:1)";
  const cause = Object.assign(new TypeError(words), { code: "ERR_INVALID_ARG_TYPE", prompt: words });
  const fault = describeFault(new Error(words, { cause }));
  expect(fault).toMatchObject({ type: "Error", code: undefined });
  expect(fault.cause).toMatchObject({ type: "TypeError", code: "ERR_INVALID_ARG_TYPE", cause: undefined });
  expect(fault.frames[0]).toMatch(/describe-fault\.test\.ts:\d+:\d+\)?$/);
  expect(JSON.stringify(fault)).not.toContain("prompt");
});

test.each([
  ["a text", "the prompt", "string"],
  ["nothing", undefined, "undefined"],
  ["a code of somebody else's", Object.assign(new Error("x"), { code: "the prompt" }), "Error"],
])("tells little of %s", (_name, thrown, type) => {
  const fault = describeFault(thrown);
  expect(fault).toMatchObject({ type, code: undefined });
  expect(JSON.stringify(fault)).not.toContain("prompt");
});

test("ends where causes go in a circle", () => {
  const error = new Error("x");
  error.cause = error;
  expect(describeFault(error, 2).cause?.cause?.cause).toBeUndefined();
});
