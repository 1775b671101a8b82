import type { KeywordPolicy, PromptFeatures, Tier, TierSignals } from "@meridian/core";
import { wordsOf } from "./find-keywords.js";

/** A tier with what it was decided from. */
export interface Classification {
  readonly tier: Tier;
  readonly signals: TierSignals;
  /** Short sentences. */
  readonly reasons: readonly string[];
}

/**
 * How hard a prompt is taken to be. High: a high word in the last question, or more than `highAboveTokens` tokens in
 * the conversation. Low: a low word, and fewer than `lowBelowTokens` tokens. Else medium. High wins over low.
 */
export function classify(prompt: PromptFeatures, policy: KeywordPolicy): Classification {
  const lowWords = wordsOf(prompt.words, policy.lowWords);
  const highWords = wordsOf(prompt.words, policy.highWords);
  const signals: TierSignals = { policy: "keywords", ...tokenSignals(prompt), lowWords, highWords };
  return { signals, ...decide(prompt, policy, signals) };
}

/** What the signals say of a prompt's tokens. */
export function tokenSignals({ minTokens, maxTokens }: PromptFeatures) {
  return { promptTokens: minTokens, promptTokensExact: minTokens === maxTokens };
}

function decide(
  { minTokens }: PromptFeatures,
  policy: KeywordPolicy,
  { lowWords, highWords }: TierSignals,
): Pick<Classification, "tier" | "reasons"> {
  const reasons: string[] = [];
  if (highWords.length > 0) reasons.push(`high tier: the question has ${wordList(highWords)}`);
  if (minTokens > policy.highAboveTokens) {
    reasons.push(`high tier: the prompt has more than ${policy.highAboveTokens} tokens`);
  }
  if (reasons.length > 0) return { tier: "high", reasons };
  if (lowWords.length === 0)
    return { tier: "medium", reasons: ["medium tier: no sign of a simple or a hard question"] };
  if (minTokens >= policy.lowBelowTokens) {
    const reason = `medium tier: the question has ${wordList(lowWords)}, but ${policy.lowBelowTokens} tokens or more`;
    return { tier: "medium", reasons: [reason] };
  }
  const reason = `low tier: the question has ${wordList(lowWords)} and fewer than ${policy.lowBelowTokens} tokens`;
  return { tier: "low", reasons: [reason] };
}

function wordList(words: readonly string[]): string {
  return `${words.length === 1 ? "the word" : "the words"} ${words.map((word) => `"${word}"`).join(", ")}`;
}
