import { isJsonObject, isNestedDeeper, type JsonObject, type JsonValue, parseExactJson } from "@meridian/core";

// Readers for answers that others wrote: what has the wrong type is as good as missing.

/** The value as a non-empty text; undefined for anything else. */
export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as an object; undefined for anything else. */
export function object(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** The value as a list; empty for anything else. */
export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a count, a whole number from 0 to 10^9; undefined for anything else. */
export function count(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 1e9 ? value : undefined;
}

/** The value as a time in whole seconds, or in what else a relay counts in; undefined for anything else. */
export function seconds(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/**
 * The JSON value of a text; undefined where it is not JSON. `isExact`, for who passes it on: integers stay as they are
 * written, and what is nested too deep to be written again is as good as no JSON.
 */
export function parseJson(source: string, isExact = false): JsonValue | undefined {
  try {
    // JSON.parse gives nothing but JSON values.
    if (!isExact) return JSON.parse(source) as JsonValue;
    const value = parseExactJson(source);
    // A short text cannot be so deep.
    return source.length > 2 * maxDepth && isNestedDeeper(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Far more than any answer has, and far less than JSON.stringify can do. */
const maxDepth = 512;
