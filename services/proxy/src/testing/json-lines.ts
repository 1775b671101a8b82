import { isJsonObject, type JsonValue, parseExactJson } from "@meridian/core";

/**
 * What a JSON text says, one line for each value with its place, in an order of their own: texts that are equal as JSON
 * have equal lines. Vitest's own comparison takes a key such as "constructor" for what JavaScript has by that name.
 */
export function jsonLines(text: string): readonly string[] {
  return linesOf(parseExactJson(text), "").sort();
}

function linesOf(value: JsonValue, place: string): string[] {
  const text = JSON.stringify(value);
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((item: JsonValue, index) => linesOf(item, `${place}[${index}]`));
  // An exact integer is an object that is not written as one.
  if (isJsonObject(value) && text.startsWith('{"'))
    return Object.entries(value).flatMap(([key, item]) => linesOf(item, `${place}[${JSON.stringify(key)}]`));
  return [`${place} = ${text}`];
}
