import type { KeywordPolicy } from "@meridian/core";
import { type Classification, classify } from "./classify.js";
import { findKeywords } from "./find-keywords.js";
import type { TokenCounter } from "./token-counter.js";

/** How hard the keyword rule takes a single text to be: the question, and all of the prompt. */
export function classifyText(text: string, policy: KeywordPolicy, counter: TokenCounter): Classification {
  const { lowWords, highWords } = findKeywords(text, policy);
  const { tokens, exact } = counter.count([text], policy.highAboveTokens);
  const maxTokens = exact ? tokens : Number.POSITIVE_INFINITY;
  const searchedWords = [...policy.lowWords, ...policy.highWords];
  const prompt = { minTokens: tokens, maxTokens, billedTokens: 0, words: [...lowWords, ...highWords], searchedWords };
  return classify(prompt, policy);
}
