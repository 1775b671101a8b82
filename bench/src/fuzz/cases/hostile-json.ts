import type { JsonValue } from "@bufbuild/protobuf";
import { between, pick, type Random } from "../../create-random.js";

/** Texts that stand where a value should: most are JSON, some are not. */
const hostileTexts: readonly string[] = [
  ...["null", "true", "false", '""', "[]", "{}", "[null]", "[[]]", '{"":{}}', "0", "-0", "-1", "1.5"],
  ...["1e999", "-1e999", "1e-999", "9007199254740993", "-9223372036854775809", "18446744073709551616", "1E+2"],
  ...["2147483648", "4294967296", "0.1e1", "1e2147483648", `1${"0".repeat(400)}`, `0.${"1".repeat(400)}`],
  ...['"NaN"', '"Infinity"', '"-Infinity"', '"1e3"', '"0x10"', '" 1"', '"1 "', '"true"'],
  // Surrogates without their other half, NUL, a byte order mark, what turns text around.
  ...['"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\ufeff"', '"\\u202e"', '"\\uD83D\\uDE00"', '"\\ud83dx"'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"toString":null}'],
  ...['{"hasOwnProperty":1,"valueOf":2}', '{"@type":"type.googleapis.com/google.protobuf.Any"}', '{"then":1}'],
  ...['{"a":1,"a":2}', '{"length":-1}', '{"0":1}', '["__proto__"]'],
  // No JSON.
  ...["NaN", "Infinity", "undefined", "01", "+1", ".5", "1.", "0x1", "'a'", '"\\x"', '"\\u12"', '"a\nb"', "[1,]"],
  ...['{"a":1,}', "{a:1}", "/**/1", "", " ", "tru", '"', "[", "{", "}", "]", ",", ":", "\u0000", "\ufeff1"],
];

const names = [
  "__proto__",
  "constructor",
  "",
  "messages",
  "model",
  "\\u0000",
  "max_tokens",
  "maxTokens",
  "a".repeat(300),
];

/** A text that is mostly JSON, of the shape of `value` but for some places. */
export function hostileJson(random: Random, value: JsonValue, rate = 0.08): string {
  if (random() < rate) return hostileText(random, value);
  if (Array.isArray(value)) {
    const items = value.map((item) => hostileJson(random, item, rate));
    if (random() < rate / 2) items.push(...items, hostileText(random, value));
    return `[${items.join(",")}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}:${hostileJson(random, field, rate)}`,
  );
  if (random() < rate) fields.push(`"${pick(random, names)}":${hostileText(random, value)}`);
  if (random() < rate && fields[0] !== undefined) fields.push(fields[0]);
  if (random() < rate) fields.splice(between(random, 0, fields.length), 1);
  return `{${fields.join(",")}}`;
}

function hostileText(random: Random, value: JsonValue): string {
  const chance = random();
  if (chance < 0.85) return pick(random, hostileTexts);
  if (chance < 0.9) return JSON.stringify("x".repeat(between(random, 1, 20_000)));
  if (chance < 0.94) return nested(random, JSON.stringify(value));
  if (chance < 0.97) return `[${Array.from({ length: between(random, 1, 3_000) }, () => "0").join(",")}]`;
  return JSON.stringify(String.fromCodePoint(between(random, 0xe000, 0x10ffff)).repeat(between(random, 1, 200)));
}

function nested(random: Random, inner: string): string {
  const depth = pick(random, [10, 60, 99, 100, 101, 127, 128, 129, 1_000, 20_000]);
  const [open, close] = pick(random, [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  return `${open.repeat(depth)}${inner}${close.repeat(depth)}`;
}
