import { expect, test } from "vitest";
import { resolveModel } from "./resolve-model.js";

const aliases = new Map([
  ["smart", "gpt-4.1"],
  ["best", "auto"],
]);

test.each([
  ["nothing", "", undefined],
  ["auto", "auto", undefined],
  ["an alias of auto", "best", undefined],
  ["an alias of a model", "smart", "gpt-4.1"],
  ["a model", "gpt-4.1", "gpt-4.1"],
  ["an unknown name", "gpt-9", "gpt-9"],
  ["an alias in capitals, which is another name", "Smart", "Smart"],
  ["the name of what every object has", "constructor", "constructor"],
])("%s", (_, name, model) => {
  expect(resolveModel(name, { aliases })).toBe(model);
});
