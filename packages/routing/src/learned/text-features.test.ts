import { describe, expect, test } from "vitest";
import { surfaceNames } from "./surface-features.js";
import { gramNames, textFeatures } from "./text-features.js";
import { bucketCount, gramsOf } from "./text-grams.js";

const texts: readonly (readonly [name: string, text: string])[] = [
  ["nothing", ""],
  ["spaces", " \n\t"],
  ["English", "Which of the following is NOT a prime number?\nA. 2\nB. 9\nAnswer:"],
  ["code", "def f(xs):\n    return [x * 2 for x in xs]\nassert f([1]) == ??"],
  ["LaTeX", "Find $\\frac{a}{b}$ such that $x^2 + y_{1} = 3$."],
  ["Vietnamese", "Điều nào sau đây không phải là số nguyên tố?"],
  ["Korean", "다음 중 소수가 아닌 것은 무엇입니까?"],
  ["Chinese", "以下哪个不是质数？"],
  ["Thai", "ข้อใดต่อไปนี้ไม่ใช่จำนวนเฉพาะ"],
  ["emoji", "😀😀 👩‍👩‍👧"],
  ["lone surrogates", "\ud800 \udc00 a\ud800"],
  ["one letter, 100,000 times", "a".repeat(100_000)],
  ["one sign, 100,000 times", "(".repeat(100_000)],
  ["one syllable, 100,000 times", "가".repeat(100_000)],
  ["a letter that normal form C makes longer", "\u0958".repeat(3001)],
];

describe("the features of", () => {
  test.each(texts)("%s are bounded, and the same every time", (_name, text) => {
    const { buckets, values, surface, language } = textFeatures(text);
    expect(new Set(buckets).size).toBe(buckets.length);
    expect(values.length).toBe(buckets.length);
    for (const bucket of buckets) expect(bucket >= 0 && bucket < bucketCount).toBe(true);
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    if (buckets.length > 0) expect(squares).toBeCloseTo(1, 9);
    expect(buckets.length).toBeLessThan(16_000);
    expect(surface.length).toBe(surfaceNames.length);
    for (const value of surface) expect(value >= 0 && value < 4).toBe(true);
    textFeatures("something else, in between");
    expect(textFeatures(text)).toEqual({ buckets, values, surface, language });
  });

  test("a long text come from its beginning and its end, and its length", () => {
    const around = (middle: string) => `${"begin ".repeat(250)}${middle}${" end.".repeat(300)}`;
    expect(textFeatures(around("x".repeat(9000)))).toEqual(textFeatures(around("y z".repeat(3000))));
    expect(textFeatures(around("x".repeat(9000))).surface).not.toEqual(
      textFeatures(around("x".repeat(90_000))).surface,
    );
  });

  test.each([
    ["case", "Explain TIDES", "explain tides"],
    ["digits", "add 17 and 25", "add 90 and 11"],
    ["white space", "a  tag\n\nhere", "a tag here"],
    ["the dot of a capital I", "İstanbul", "istanbul"],
  ])("parts of a text do not depend on %s", (_name, one, other) => {
    expect(textFeatures(one).buckets).toEqual(textFeatures(other).buckets);
  });

  test.each([
    ["Korean", "비교 해줘"],
    ["Vietnamese", "giải thích"],
  ])("%s do not depend on the normal form", (_name, text) => {
    expect(text.normalize("NFD")).not.toBe(text);
    expect(textFeatures(text.normalize("NFD"))).toEqual(textFeatures(text));
  });
});

test.each([
  ["en", "Which planet is the largest?"],
  ["en", "Quelle est la plus grande planète ?"],
  ["id", "Planet apa yang paling besar di tata surya ini?"],
  ["vi", "Hành tinh nào lớn nhất trong hệ mặt trời?"],
  ["ko", "태양계에서 가장 큰 행성은 무엇입니까?"],
  ["ko", "JSON 형식으로 답변해 주세요"],
  ["zh", "太阳系最大的行星是哪一颗？"],
  ["zh", "太陽系で一番大きい惑星はどれですか？"],
  ["en", ""],
])("the language is %s: %s", (language, text) => {
  expect(textFeatures(text).language).toBe(language);
});

test.each([
  ["words and their pairs", "let cats go", ["let", "let cats", "cats", "cats go", "go"]],
  ["signs as words", "x?", ["x", "?", "x?"]],
  ["runs of 1 to 3 in Han, and no words", "质数吗", ["质", "质数", "质数吗", "数", "数吗", "吗"]],
  ["runs and words in Hangul", "소수 가", ["소", "소수", "수", "가", "소수 가"]],
])("a text is cut into %s", (_name, text, parts) => {
  const { buckets, starts, ends } = gramsOf(text);
  const found = [...buckets].map((_, index) => text.slice(starts[index], ends[index]));
  expect(new Set(found)).toEqual(new Set(parts));
  for (const name of gramNames(text).values()) expect(text).toContain(name);
});
