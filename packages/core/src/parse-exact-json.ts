import { isNestedDeeper } from "./is-nested-deeper.js";
import type { JsonValue } from "./json.js";

/**
 * The JSON value of a text, with integers that a number would round, such as 9223372036854775807, kept as they are written:
 * in their place is an object which JSON.stringify writes as that integer. What must read a number so large gets an object.
 * Fractions and exponents are read as JSON.parse reads them.
 *
 * The look for such an integer costs a fraction of what JSON.parse costs; a text that has one costs up to fifty times that, and
 * nothing else runs meanwhile. So where the text has more than 20,000 values, or is nested deeper than 1,000, this is plain
 * JSON.parse, as it is before Node 22, which has no `JSON.rawJSON`.
 *
 * @throws SyntaxError where the text is not JSON.
 * @see https://github.com/tc39/proposal-json-parse-with-source
 */
export function parseExactJson(text: string): JsonValue {
  // JSON.parse gives nothing but JSON values.
  const value = JSON.parse(text) as JsonValue;
  const { rawJSON } = sourceJson;
  if (rawJSON === undefined || !hasLongInteger(text) || isNestedDeeper(value, maxRevivedDepth)) return value;
  if (hasMoreValues(value, maxRevivedValues)) return value;
  return sourceJson.parse(text, (_key, part, context) =>
    context?.source !== undefined && isRounded(part, context.source) ? rawJSON(context.source) : part,
  );
}

/** What may be an integer beyond 2^53: 16 digits or more, and not behind a decimal point as those of logprobs are. */
const longInteger = /(?:^|[\s:,[-])[1-9]\d{15}/;
const longDigits = 16;

/** Looks at one character in 16: so many digits in a row leave none of these out. */
function hasLongInteger(text: string): boolean {
  for (let at = longDigits - 1; at < text.length; at += longDigits)
    if (isDigit(text, at) && isAmongDigits(text, at)) return longInteger.test(text);
  return false;
}

/** Whether the digit there stands in a row of 16 or more. */
function isAmongDigits(text: string, at: number): boolean {
  let [start, end] = [at, at + 1];
  while (end - start < longDigits && isDigit(text, start - 1)) start -= 1;
  while (end - start < longDigits && isDigit(text, end)) end += 1;
  return end - start === longDigits;
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= zero && unit <= nine;
}

const [zero, nine] = [0x30, 0x39];

const integer = /^-?\d+$/;

/** JSON.parse with a reviver overflows the stack at about 2,300 levels of a fresh one. */
const maxRevivedDepth = 1_000;

/** A reviver takes some 2 microseconds for each value: 4 MB of small ones would stop the process for seconds. */
const maxRevivedValues = 20_000;

function hasMoreValues(value: JsonValue, maxValues: number): boolean {
  const open = [value];
  let count = 1;
  for (let part = open.pop(); part !== undefined && count <= maxValues; part = open.pop()) {
    if (typeof part !== "object" || part === null) continue;
    const values = Array.isArray(part) ? part : Object.values(part);
    count += values.length;
    // A list alone may be longer than an argument list can be.
    if (count <= maxValues) open.push(...values);
  }
  return count > maxValues;
}

function isRounded(value: JsonValue, source: string): boolean {
  return typeof value === "number" && !Number.isSafeInteger(value) && integer.test(source) && String(value) !== source;
}

/** TypeScript's libraries do not know of the source text yet. */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: JsonValue, context?: { readonly source?: string }) => JsonValue,
  ): JsonValue;
  readonly rawJSON?: (text: string) => JsonValue;
}

const sourceJson: SourceJson = JSON;
