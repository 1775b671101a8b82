import { isNestedDeeper, type JsonValue } from "@meridian/core";
import { expect, test } from "vitest";

const lists = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

test.for([
  ["a text", '"[[[]]]"', 0],
  ["a number", "1", 0],
  ["null", "null", 0],
  ["an empty list", "[]", 1],
  ["an empty object", "{}", 1],
  ["an object of texts", '{"a":"b","c":null}', 1],
  ["lists", lists(128), 128],
  ["objects", objects(128), 128],
  ["the deepest part counts, first", `[${lists(5)},1,[2]]`, 6],
  ["the deepest part counts, last", `{"a":1,"b":[],"c":${objects(5)}}`, 6],
  ["by a hostile key", '{"__proto__":[[]]}', 3],
] as const)("%s", ([, text, depth]) => {
  const value: JsonValue = JSON.parse(text);
  expect(isNestedDeeper(value, depth)).toBe(false);
  expect(isNestedDeeper(value, depth - 1)).toBe(depth > 0);
});

test("what would overflow the stack", () => {
  expect(isNestedDeeper(JSON.parse(lists(100_000)), 128)).toBe(true);
});

test("all that it lets through can be written", () => {
  expect(JSON.stringify(JSON.parse(objects(1_000)))).toBe(objects(1_000));
});
