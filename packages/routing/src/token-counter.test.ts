import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { createPieceCounter } from "./byte-pairs.js";
import { compileVocabulary } from "./compile-vocabulary.js";
import { estimateTokens } from "./estimate-tokens.js";
import { splitText } from "./split-text.js";
import { counter } from "./testing/o200k-base.js";
import { tokenBounds } from "./token-bounds.js";
import { openVocabulary } from "./vocabulary.js";

const unlimited = Number.POSITIVE_INFINITY;

const english =
  "The committee's report (see §4.2) wasn't clear:\n\n  - 12,345 of the users' requests failed; 0.08% didn't.\n\tWhy? ";
const code = 'export function f(a: number): string {\n    return a === 1 ? a.toFixed(2) : "no";\n}\n';
const json = JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: `n${id}`, tags: ["a", "b"], x: -0.5 })));
const korean = "안녕하세요, 저는 한국에서 온 개발자입니다. 이 두 문장을 비교해 주세요. ";
const vietnamese = "Xin chào, tôi muốn so sánh hai sản phẩm tương tự và giải thích sự khác biệt. ";
const mixed = `${english}${code}${korean}${vietnamese}日本語の文章です。😀👩‍👩‍👧‍👦 é̂ ﬁ 𝒜𝒷𝒸 `;

/** The library's own count, without its refusal of special tokens. */
function libraryCount(text: string): number {
  return countTokens(text, { disallowedSpecial: new Set() });
}

/** Deterministic numbers below `below`, for texts that nobody thought of. */
function createNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("the count", () => {
  test.each([
    ["nothing", ""],
    ["a word", "hello"],
    ["English", english.repeat(30)],
    ["code", code.repeat(30)],
    ["dense JSON", json],
    ["Korean", korean.repeat(30)],
    ["Vietnamese", vietnamese.repeat(30)],
    ["many scripts", mixed.repeat(20)],
    ["what looks like a special token", "<|endoftext|> and <|im_start|>"],
    ["a lone surrogate", "a\ud800b\udc00"],
    ["control characters", "\u0000\u0001\u001f\u007f\u0080\u07ff\u0800\uffff"],
    ["white space of every kind", " \t\r\n\u00a0\u2003\u3000 x   y\r\n\r\n  z"],
  ])("of %s is the library's", (_name, text) => {
    expect(counter.count([text], unlimited)).toEqual({ tokens: libraryCount(text), exact: true });
  });

  test("of random texts is the library's", () => {
    const number = createNumbers(7);
    const alphabet = [..."aeiourstlnAEIO  ..,'-_/\n\r\t019éñüß가나다한글中文語ðا😀𝒜\u0301", "\ud83d"];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 1 + number(200) }, () => alphabet[number(alphabet.length)]).join("");
      expect(counter.count([text], unlimited).tokens, JSON.stringify(text)).toBe(libraryCount(text));
    }
  });

  test("of a byte order mark is the vocabulary's, where the library's text decoder drops the mark", () => {
    // Tokens 5574 and 9251 of o200k_base.
    expect(counter.count(["\ufeff"], unlimited).tokens).toBe(1);
    expect(counter.count(["\ufeffusing System"], unlimited).tokens).toBe(2);
  });

  test("adds the texts up", () => {
    const apart = libraryCount(english) + libraryCount(korean);
    expect(counter.count([english, "", korean], unlimited)).toEqual({ tokens: apart, exact: true });
  });

  test.each([
    [4, { tokens: 5, exact: false }],
    [5, { tokens: 5, exact: true }],
    [6, { tokens: 5, exact: true }],
    [0, { tokens: 1, exact: false }],
  ])("of five tokens with limit %i", (limit, count) => {
    expect(counter.count(["one two three", " four five"], limit)).toEqual(count);
  });
});

describe("hostile texts", () => {
  test.each([
    ["letters", "a".repeat(100_000)],
    ["capital letters", "Q".repeat(100_000)],
    ["spaces", " ".repeat(100_000)],
    ["line breaks", "\n".repeat(100_000)],
    ["dashes", "-".repeat(100_000)],
    ["digits", "7".repeat(100_000)],
    ["emoji", "😀".repeat(50_000)],
    ["joined emoji", "👩‍👩‍👧‍👦".repeat(10_000)],
    ["Hangul", "가".repeat(100_000)],
    ["combining marks", "\u0301".repeat(100_000)],
    ["lone surrogates", "\ud800".repeat(100_000)],
    ["apostrophes", "a'".repeat(50_000)],
  ])("100,000 %s come in slices of at most 256 units that make the whole", (_name, text) => {
    const slices = [...splitText(text)];
    expect(slices.join("")).toBe(text);
    expect(slices.every((slice) => slice.length > 0 && slice.length <= 256)).toBe(true);
    // Two neighbours together are longer than one slice may be, or they would be one.
    expect(slices.length).toBeLessThanOrEqual((2 * text.length) / 256 + 2);
  });

  test("emoji are not cut in half", () => {
    for (const slice of splitText(`x${"😀".repeat(1000)}`)) expect(slice.isWellFormed()).toBe(true);
  });

  test("a long run has about the tokens that the library gives it", () => {
    const text = "lorem".repeat(800);
    const tokens = libraryCount(text);
    expect(Math.abs(counter.count([text], unlimited).tokens - tokens)).toBeLessThanOrEqual(2 * (text.length / 256));
  });

  test("counting stops at the limit", () => {
    const text = "가나다라마바사아자차카타파하";
    const readInPass: number[] = [];
    const texts: string[] = new Array<string>(400).fill(text);
    const watched = Object.assign([...texts], {
      *[Symbol.iterator]() {
        const pass = readInPass.push(0) - 1;
        for (const each of texts) {
          readInPass[pass] = (readInPass[pass] ?? 0) + 1;
          yield each;
        }
      },
    });
    expect(counter.count(watched, 512)).toEqual({ tokens: 513, exact: false });
    expect(readInPass.at(-1)).toBe(Math.ceil(513 / libraryCount(text)));
  });

  test("work grows with the length of a run, not with its square", () => {
    const cost = (length: number) => {
      const text = Array.from({ length }, (_, index) => String.fromCharCode(97 + ((index * index) % 26))).join("");
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round++) {
        const start = performance.now();
        counter.count([text], unlimited);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    cost(4096);
    // Linear is 8, quadratic 64.
    expect(cost(65_536) / cost(8192)).toBeLessThan(32);
  });
});

describe("tokenBounds", () => {
  test.each([
    ["as many bytes as tokens", ["a".repeat(127)], 127, "within"],
    ["one byte more", ["a".repeat(128)], 127, undefined],
    ["few characters of many bytes", ["가".repeat(43)], 127, undefined],
    ["few enough characters of many bytes", ["가".repeat(42)], 127, "within"],
    ["several texts", ["a".repeat(64), "b".repeat(64)], 127, undefined],
    ["what even the longest tokens hold", [" ".repeat(512 * 128)], 512, undefined],
    ["more than the longest tokens hold", [" ".repeat(512 * 128 + 1)], 512, "above"],
    ["nothing", [], 0, "within"],
    ["nothing, with no token allowed", [], -1, "above"],
  ])("%s", (_name, texts, limit, settled) => {
    const { minTokens, maxTokens } = tokenBounds(texts, limit);
    expect(minTokens > limit ? "above" : maxTokens <= limit ? "within" : undefined).toBe(settled);
  });

  test("no token of the vocabulary is longer than its bound", async () => {
    const { default: vocabulary } = await import("gpt-tokenizer/bpeRanks/o200k_base");
    const utf8 = new TextEncoder();
    const lengths = vocabulary.map((token) => (typeof token === "string" ? utf8.encode(token) : token).length);
    expect(lengths.reduce((longest, length) => Math.max(longest, length), 0)).toBe(128);
  });
});

describe("estimateTokens", () => {
  test("counts short texts", () => {
    const tokens = libraryCount(english) + libraryCount(korean);
    expect(estimateTokens([english, korean], counter)).toEqual({ tokens, likelyAtMost: tokens, exact: true });
  });

  test.each([
    ["English", [english.repeat(2000)]],
    ["Korean", [korean.repeat(2000)]],
    ["code", [code.repeat(2000)]],
    ["many messages", Array.from({ length: 400 }, (_, index) => `${index}: ${english}`)],
    ["a long text among short ones", ["hi", english.repeat(500), "ok", korean.repeat(500)]],
  ])("comes close for long texts: %s", (_name, texts) => {
    const tokens = counter.count(texts, unlimited).tokens;
    const estimate = estimateTokens(texts, counter);
    expect(estimate.exact).toBe(false);
    expect(Math.abs(estimate.tokens / tokens - 1)).toBeLessThan(0.15);
    expect(estimate.likelyAtMost).toBeGreaterThanOrEqual(estimate.tokens);
    expect(estimate.likelyAtMost).toBeGreaterThanOrEqual(tokens * 0.95);
  });

  test("looks at no more than 8,192 units of a text of any length", () => {
    let units = 0;
    const watching = {
      count: (texts: readonly string[], limit: number) => {
        units += texts.join("").length;
        return counter.count(texts, limit);
      },
    };
    estimateTokens(["x ".repeat(2_000_000), "", "y"], watching);
    expect(units).toBeGreaterThan(4096);
    expect(units).toBeLessThanOrEqual(8192);
  });
});

/** A vocabulary of these tokens, in the order of their ranks. */
function vocabularyOf(tokens: readonly string[]) {
  const lines = tokens.map((token, rank) => `${Buffer.from(token).toString("base64")} ${rank}\n`);
  return openVocabulary(compileVocabulary(Buffer.from(lines.join(""))));
}

test("a vocabulary that is not OpenAI's merges by rank", () => {
  const count = createPieceCounter(vocabularyOf(["a", "b", "c", "bc", "ab", "abc"]));
  // "bc" ranks before "ab": abcb is a + bc + b, then abc + b.
  expect([count("abcb"), count("ab"), count("cab"), count("abc")]).toEqual([2, 1, 2, 1]);
});
