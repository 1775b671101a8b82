import { type JsonObject, type JsonValue, parseExactJson } from "@meridian/core";
import fc from "fast-check";

/** A text: plain, of any script, or one that code falls over. Half characters travel as escapes. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    "",
    "\ud83d",
    "\udc00\ud800",
    "\0",
    "\u2028\n\r",
    "null",
    "12345678901234567890",
    '{"a":1}',
    "Ünïcödé 🌦",
  ),
);

/** An integer that a number would round. */
const hugeInteger: fc.Arbitrary<JsonValue> = fc
  .bigInt({ min: 2n ** 53n, max: 2n ** 80n })
  .chain((value) => fc.constantFrom(value, -value))
  .map((value) => parseExactJson(`${value}`));

const scalar: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  hugeInteger,
  text,
);

/** A key that no specification has, hostile ones among them. */
const unknownKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "toJSON",
    "then",
    "rawJSON",
    "",
    "\ud800",
    "0",
    "天気",
    "a.b",
  ),
  fc.string({ maxLength: 6 }).map((key) => `x-${key}`),
);

/** Any JSON value, a few levels deep. */
export const json: fc.Arbitrary<JsonValue> = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(unknownKey, tie("json"), { maxKeys: 3 }),
  ),
})).json;

/** Any JSON object. */
export const jsonObject: fc.Arbitrary<JsonObject> = fc.dictionary(fc.oneof(unknownKey, text), json, { maxKeys: 4 });

/** What nobody has specified: most often nothing. */
export const unknownFields: fc.Arbitrary<JsonObject> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 4 },
  { arbitrary: fc.dictionary(unknownKey, json, { minKeys: 1, maxKeys: 2 }), weight: 1 },
);
