import type { JsonValue } from "./json.js";

/**
 * Whether lists and objects lie in each other more than `maxDepth` deep: `[[1]]` is nested 2 deep. JSON.parse reads any
 * depth, but JSON.stringify overflows the stack at about 4,400 levels of a fresh one.
 */
export function isNestedDeeper(value: JsonValue, maxDepth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (maxDepth <= 0) return true;
  // By hand, as a caller's text may hold a million values: `some` over `Object.values` takes three times as long.
  for (const part of Array.isArray(value) ? value : Object.values(value))
    if (typeof part === "object" && part !== null && isNestedDeeper(part, maxDepth - 1)) return true;
  return false;
}
