import { expect, test } from "vitest";
import { openAiTimeoutMs } from "./openai-timeout.js";

test.each([
  [undefined, undefined],
  ["", undefined],
  ["600", 601_000],
  ["0", 1_000],
  ["1.5", 1_500],
  ["-1", undefined],
  ["1e3", undefined],
  ["NOT_GIVEN", undefined],
  ["99999999", undefined],
])("x-stainless-timeout: %s", (value, expected) => {
  const header = new Headers(value === undefined ? {} : { "x-stainless-timeout": value });
  expect(openAiTimeoutMs(header)).toBe(expected);
});

test("the Python SDK's name for it", () => {
  expect(openAiTimeoutMs(new Headers({ "x-stainless-read-timeout": "20.0" }))).toBe(21_000);
});
