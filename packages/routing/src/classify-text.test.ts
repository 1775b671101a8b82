import type { Tier } from "@meridian/core";
import { expect, test } from "vitest";
import { classifyText } from "./classify-text.js";
import { counter } from "./testing/o200k-base.js";
import { samplePolicy } from "./testing/sample-policy.js";

// The rule of the specification, decision by decision: under 128 tokens and a low word, low; more than 512 tokens or a
// high word, high; else medium. A change of one row changes what callers pay.
const lowWords = ["related", "similar", "category", "tag", "match"];
const highWords = ["explain", "analyze", "compare", "evaluate", "recommend"];

const decisions: readonly (readonly [text: string, tier: Tier])[] = [
  ...lowWords.map((word) => [`find ${word} items`, "low"] as const),
  ...highWords.map((word) => [`${word} these items`, "high"] as const),
  ...lowWords.flatMap((low) => highWords.map((high) => [`${low} and ${high}`, "high"] as const)),
  ["", "medium"],
  [" \n", "medium"],
  ["What is the capital of France?", "medium"],
  ["a matchbox", "medium"],
  ["he explained it", "medium"],
  ["unrelated", "medium"],
  ["dissimilar categories of hashtags and tags", "medium"],
  ["reevaluate, recommended, comparer, analyzed", "medium"],
  ["tag_id match2 _compare", "medium"],
  ["EXPLAIN", "high"],
  ["Tag", "low"],
  ["(tag)!", "low"],
  ["please:explain.", "high"],
  ["the tag's colour", "low"],
  ["tag-based", "low"],
  ["😀match😀", "low"],
  ["giải thích thủy triều", "medium"],
  ["조수를 설명해 줘", "medium"],
  ["tag를 붙여", "medium"],
  ["tag 를 붙여", "low"],
  ["解释潮汐", "medium"],
  [`tag${" x".repeat(126)}`, "low"],
  [`tag${" x".repeat(127)}`, "medium"],
  [`x${" x".repeat(511)}`, "medium"],
  [`x${" x".repeat(512)}`, "high"],
  [`tag${" x".repeat(512)}`, "high"],
  ["x".repeat(100_000), "high"],
];

test.each(decisions)("the keyword rule on %j", (text, tier) => {
  expect(classifyText(text, samplePolicy.keywords, counter).tier).toBe(tier);
});
