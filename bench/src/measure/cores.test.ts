import { expect, test } from "vitest";
import { parseCoreList } from "./cores.js";

test.each([
  ["0-3", [0, 1, 2, 3]],
  ["0-1,4,6-7", [0, 1, 4, 6, 7]],
  ["5", [5]],
])("the cores of %j", (list, cores) => {
  expect(parseCoreList(list)).toEqual(cores);
});
