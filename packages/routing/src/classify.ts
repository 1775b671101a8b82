import type { ChatCall, KeywordPolicy, Tier, TierSignals } from "@meridian/core";
import { findKeywords } from "./find-keywords.js";
import { leastTokens, settleByLength } from "./settle-by-length.js";
import type { TokenCount, TokenCounter } from "./token-counter.js";

/**
 * How well a prompt's tokens are known afterwards. "counted": to the limit of the policy. "decided": only where neither
 * words nor length settle the tier; the tier is the same, but `promptTokens` is often no more than a lower bound.
 */
export type TokenPrecision = "counted" | "decided";

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
export function classify(
  call: Pick<ChatCall, "texts" | "question">,
  policy: KeywordPolicy,
  counter: TokenCounter,
  precision: TokenPrecision = "counted",
): Classification {
  const { lowWords, highWords } = findKeywords(call.question, policy);
  const count =
    precision === "decided" && isSettled(call.texts, policy, { lowWords, highWords })
      ? { tokens: leastTokens(call.texts), exact: false }
      : counter.count(call.texts, policy.highAboveTokens);
  const signals: TierSignals = {
    policy: "keywords",
    promptTokens: count.tokens,
    promptTokensExact: count.exact,
    lowWords,
    highWords,
  };
  return { signals, ...decide(call.texts, policy, signals, count) };
}

/** Whether the tier is known without a count: then `decide` needs no more than the length either. */
function isSettled(
  texts: readonly string[],
  policy: KeywordPolicy,
  found: Pick<TierSignals, "lowWords" | "highWords">,
): boolean {
  if (found.highWords.length > 0) return true;
  const againstHigh = settleByLength(texts, policy.highAboveTokens);
  if (againstHigh !== "within" || found.lowWords.length === 0) return againstHigh !== undefined;
  return settleByLength(texts, policy.lowBelowTokens - 1) !== undefined;
}

function decide(
  texts: readonly string[],
  policy: KeywordPolicy,
  { lowWords, highWords }: TierSignals,
  count: TokenCount,
): Pick<Classification, "tier" | "reasons"> {
  const reasons: string[] = [];
  if (highWords.length > 0) reasons.push(`high tier: the question has ${wordList(highWords)}`);
  // Of a settled length the count is a lower bound, which may lie on the other side of the limit.
  const isAbove = (limit: number) => count.tokens > limit || (!count.exact && settleByLength(texts, limit) === "above");
  if (isAbove(policy.highAboveTokens)) {
    reasons.push(`high tier: the prompt has more than ${policy.highAboveTokens} tokens`);
  }
  if (reasons.length > 0) return { tier: "high", reasons };
  if (lowWords.length === 0)
    return { tier: "medium", reasons: ["medium tier: no sign of a simple or a hard question"] };
  if (isAbove(policy.lowBelowTokens - 1)) {
    const reason = `medium tier: the question has ${wordList(lowWords)}, but ${policy.lowBelowTokens} tokens or more`;
    return { tier: "medium", reasons: [reason] };
  }
  const reason = `low tier: the question has ${wordList(lowWords)} and fewer than ${policy.lowBelowTokens} tokens`;
  return { tier: "low", reasons: [reason] };
}

function wordList(words: readonly string[]): string {
  return `${words.length === 1 ? "the word" : "the words"} ${words.map((word) => `"${word}"`).join(", ")}`;
}
