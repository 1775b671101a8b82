import { parseExactJson } from "@meridian/core";
import { expect, test } from "vitest";

/** What Node 20 cannot do; `npm test` brings Node 24. */
const keepsIntegers = "rawJSON" in JSON;

test.runIf(keepsIntegers).for([
  ["the largest of 64 bits", '{"maximum":9223372036854775807}'],
  ["the smallest", '{"minimum":-9223372036854775808}'],
  ["the first that a number cannot hold", "[9007199254740993]"],
  ["one that a number writes with an exponent", "[1000000000000000000000]"],
  ["one beyond every number", `[1${"0".repeat(400)}]`],
  ["alone", "18446744073709551615"],
  ["among others", '[1,9007199254740993,"9007199254740993",2.5,null,true]'],
  ["at any depth", '{"tools":[{"function":{"parameters":{"properties":{"id":{"enum":[12345678901234567890]}}}}}]}'],
  ["beside hostile keys", '{"__proto__":{"a":9007199254740993},"constructor":1,"":[9007199254740993]}'],
  ["behind another text of digits", '{"id":"12345678901234567890","seed":12345678901234567891}'],
] as const)("an integer comes back as written: %s", ([, text]) => {
  expect(JSON.stringify(parseExactJson(text))).toBe(text);
});

test.runIf(keepsIntegers)("white space may stand around it", () => {
  expect(JSON.stringify(parseExactJson('{ "a" :\n9007199254740993\t,"b":[ -9007199254740993 ] }'))).toBe(
    '{"a":9007199254740993,"b":[-9007199254740993]}',
  );
});

test.for([
  "0",
  "-0",
  "9007199254740991",
  "-9007199254740992",
  "[1234567890123456]",
  "[9007199254740994, 72057594037927940]",
  "[0.12345678901234567, 1234567890123456789.5, 12345678901234567e3, 1e400]",
  '{"id":"call: 12345678901234567890","text":"\\"9007199254740993"}',
  '{"__proto__":1}',
  '"a"',
  "null",
])("what no integer is lost in is read as ever: %s", (text) => {
  expect(parseExactJson(text)).toStrictEqual(JSON.parse(text));
});

test("an integer under a thousand levels is rounded, not an overflow", () => {
  const text = `${"[".repeat(100_000)}9007199254740993${"]".repeat(100_000)}`;
  expect(() => parseExactJson(text)).not.toThrow();
});

test.runIf(keepsIntegers).for([
  ["kept", 1_000, "9007199254740993"],
  ["rounded, for the time that it would take", 20_000, "9007199254740992"],
] as const)("an integer beside many values is %s", ([, count, written]) => {
  const text = `[${"{},1,".repeat(count / 2)}[9007199254740993]]`;
  expect(JSON.stringify(parseExactJson(text))).toBe(text.replace("9007199254740993", written));
});

test.for(["", "{", '{"a":01234567890123456789}', "[9007199254740993", "undefined"])("what is not JSON: %s", (text) => {
  expect(() => parseExactJson(text)).toThrow(SyntaxError);
});

test.runIf(keepsIntegers)("an integer of 16 digits is found wherever it begins", () => {
  for (let before = 0; before < 40; before += 1) {
    const text = `${" ".repeat(before)}9007199254740993`;
    expect(JSON.stringify(parseExactJson(text))).toBe("9007199254740993");
  }
});

test.runIf(keepsIntegers)("an integer is found behind other rows of digits", () => {
  const text = `["${"1".repeat(15)}","${"2".repeat(40)}",0.${"3".repeat(30)},9007199254740993]`;
  expect(JSON.stringify(parseExactJson(text))).toContain(",9007199254740993]");
});
