import { describe, expect, test } from "vitest";
import { featuresOf, type TokenPrecision } from "./call-features.js";
import { classify } from "./classify.js";
import { findKeywords, isKeyword } from "./find-keywords.js";
import { counter } from "./testing/o200k-base.js";
import { sampleCall, samplePolicy } from "./testing/sample-policy.js";
import type { TokenCounter } from "./token-counter.js";

const { keywords } = samplePolicy;

/** The tier of a prompt. */
function classified(
  call: { readonly texts: readonly string[]; readonly question: string },
  policy = keywords,
  tokenCounter: TokenCounter = counter,
  precision: TokenPrecision = "counted",
) {
  const whole = { ...samplePolicy, keywords: policy, models: new Map() };
  return classify(featuresOf(sampleCall("", call), whole, tokenCounter, precision).prompt, policy);
}

/** A text of exactly `tokens` tokens without any complexity word. */
function textOf(tokens: number): string {
  return "x".repeat(1) + " x".repeat(tokens - 1);
}

describe("the tier", () => {
  test.each([
    ["a neutral question", "What is the capital of France?", 0, "medium"],
    ["an empty question", "", 0, "medium"],
    ["a low word", "Find a similar category", 0, "low"],
    ["a high word", "Explain tides", 0, "high"],
    ["a high word beside a low one", "Explain this category", 0, "high"],
    ["a low word in 127 tokens", "tag", 126, "low"],
    ["a low word in 128 tokens", "tag", 127, "medium"],
    ["512 tokens", "", 512, "medium"],
    ["513 tokens", "", 513, "high"],
    ["a low word in 513 tokens", "tag", 512, "high"],
    ["a low word in 100,000 tokens", "tag", 100_000, "high"],
  ])("of %s", (_name, question, otherTokens, tier) => {
    const texts = otherTokens === 0 ? [question] : [textOf(otherTokens), question];
    const counted = classified({ texts, question }, keywords, counter);
    expect(counted.tier).toBe(tier);
    expect(counted.signals.promptTokensExact).toBe(counted.signals.promptTokens <= 512);
    const decided = classified({ texts, question }, keywords, counter, "decided");
    expect(decided.tier).toBe(tier);
    // At least as many as either of them says.
    const tokens = counter.count(texts, Number.POSITIVE_INFINITY).tokens;
    expect(decided.signals.promptTokens).toBeLessThanOrEqual(tokens);
    expect(counted.signals.promptTokens).toBeLessThanOrEqual(tokens);
    expect(decided.reasons.length).toBeGreaterThan(0);
  });

  test("has its reasons and signals", () => {
    expect(
      classified({ texts: ["Find a similar category"], question: "Find a similar category" }, keywords, counter),
    ).toEqual({
      tier: "low",
      signals: {
        policy: "keywords",
        promptTokens: 4,
        promptTokensExact: true,
        lowWords: ["similar", "category"],
        highWords: [],
      },
      reasons: ['low tier: the question has the words "similar", "category" and fewer than 128 tokens'],
    });
  });

  test("says both reasons of a high tier", () => {
    const question = "compare";
    expect(classified({ texts: [textOf(600), question], question }, keywords, counter).reasons).toEqual([
      'high tier: the question has the word "compare"',
      "high tier: the prompt has more than 512 tokens",
    ]);
  });

  test("comes from the words of the question and the tokens of the conversation", () => {
    expect(classified({ texts: ["explain", "go on"], question: "go on" }, keywords, counter).tier).toBe("medium");
    expect(classified({ texts: [textOf(600), "go on"], question: "go on" }, keywords, counter).tier).toBe("high");
  });

  test("can have limits that nothing is below or above", () => {
    const never = { ...keywords, lowBelowTokens: 0, highAboveTokens: Number.MAX_SAFE_INTEGER };
    for (const precision of ["counted", "decided"] as const) {
      expect(classified({ texts: ["tag"], question: "tag" }, never, counter, precision).tier).toBe("medium");
    }
  });
});

describe("precision decided counts only where words and length leave it open", () => {
  test.each([
    ["a short neutral question", "What is the capital of France?", [], 0],
    ["a short question with a low word", "a similar one", [], 0],
    ["a high word", "explain", [textOf(600)], 0],
    ["a huge prompt", "hi", [" ".repeat(70_000)], 0],
    ["a prompt of middle length", "hi", [textOf(400)], 1],
    ["a low word in a prompt of middle length", "tag", [textOf(100)], 1],
  ])("%s", (_name, question, others, counts) => {
    let counted = 0;
    const watching: TokenCounter = {
      count: (texts, limit) => {
        counted++;
        return counter.count(texts, limit);
      },
    };
    const call = { texts: [...others, question], question };
    const decided = classified(call, keywords, watching, "decided");
    expect(counted).toBe(counts);
    expect(decided.tier).toBe(classified(call, keywords, counter).tier);
  });
});

describe("a word", () => {
  test.each([
    ["stands alone", "tag", true],
    ["has any case", "TaG", true],
    ["has punctuation around it", "(tag)!", true],
    ["has a possessive", "the tag's colour", true],
    ["has a typographic possessive", "the tag’s colour", true],
    ["is part of a hyphenated word", "tag-based", true],
    ["stands between slashes", "name/tag/value", true],
    ["stands beside emoji", "😀tag😀", true],
    ["stands beside lone surrogates", "\ud800tag\udfff", true],
    ["is the end of a longer one", "hashtag", false],
    ["is the beginning of a longer one", "tags", false],
    ["is part of an identifier", "tag_id", false],
    ["is part of an identifier at the end", "_tag", false],
    ["has a digit", "tag2", false],
    ["goes on in another script", "tag를", false],
    ["goes on in a combining mark", "tag\u0301", false],
    ["goes on in an accented letter", "tagé", false],
  ])("%s", (_name, question, isFound) => {
    expect(findKeywords(question, keywords).lowWords).toEqual(isFound ? ["tag"] : []);
  });

  test.each(["capital", "matchbox", "explained", "unrelated", "comparecompare", "categorys"])(
    "is not found within %s",
    (question) => {
      const policy = { lowWords: [...keywords.lowWords, "api"], highWords: keywords.highWords };
      expect(findKeywords(question, policy)).toEqual({ lowWords: [], highWords: [] });
    },
  );

  test.each([
    ["Vietnamese, composed", "giải thích", "giải"],
    ["Vietnamese, decomposed", "giải thích".normalize("NFD"), "giải"],
    ["Korean", "비교 해줘", "비교"],
    ["Korean, decomposed", "비교 해줘".normalize("NFD"), "비교"],
    ["Greek capitals", "ΕΞΗΓΗΣΕ το", "εξηγησε"],
  ])("may be %s", (_name, question, word) => {
    expect(findKeywords(question, { lowWords: [], highWords: [word] }).highWords).toEqual([word]);
  });

  test("is listed once, in the order of appearance", () => {
    expect(findKeywords("match tag MATCH similar tag", keywords).lowWords).toEqual(["match", "tag", "similar"]);
  });

  test.each([
    ["one word", "explain", true],
    ["a Vietnamese word", "giải", true],
    ["two words", "so sánh", false],
    ["a hyphenated word", "step-by-step", false],
    ["nothing", "", false],
  ])("can be configured: %s", (_name, word, isPossible) => {
    expect(isKeyword(word)).toBe(isPossible);
  });
});

describe("a huge question", () => {
  test("is scanned to a bound, and half a word at the bound is none", () => {
    const filler = "x ".repeat(32_766);
    expect(filler.length).toBe(65_532);
    expect(findKeywords(`${filler}tag `, keywords).lowWords).toEqual(["tag"]);
    // The bound falls behind "tag_", and before the rest.
    expect(findKeywords(`${filler} tags and more`, keywords).lowWords).toEqual([]);
    expect(findKeywords(`${filler}${filler}tag`, keywords).lowWords).toEqual([]);
  });

  test.each([
    ["letters", "a".repeat(100_000)],
    ["spaces", " ".repeat(100_000)],
    ["emoji", "😀".repeat(50_000)],
    ["Hangul", "가".repeat(100_000)],
    ["lone surrogates", "\ud800".repeat(100_000)],
  ])("of %s is high in both precisions, from its length alone", (_name, question) => {
    const noCounter: TokenCounter = {
      count: () => {
        throw new Error("not to be asked");
      },
    };
    expect(classified({ texts: [question], question }, keywords, noCounter, "decided").tier).toBe("high");
    expect(classified({ texts: [question], question }, keywords, counter).signals).toEqual({
      policy: "keywords",
      promptTokens: Math.ceil(question.length / 128),
      promptTokensExact: false,
      lowWords: [],
      highWords: [],
    });
  });
});
