import type { CallFeatures, ChatCall, KeywordPolicy, PromptFeatures, RoutingPolicy } from "@meridian/core";
import { canaryBucket } from "./canary.js";
import { estimateTokens, type TokenEstimate } from "./estimate-tokens.js";
import { findKeywords, wordsOf } from "./find-keywords.js";
import { settles, type TokenBounds, tokenBounds } from "./token-bounds.js";
import type { TokenCounter } from "./token-counter.js";

/**
 * How well a prompt's tokens are known afterwards. "decided": only where neither words nor length settle the tier; the
 * tier is the same, but `minTokens` is often no more than a lower bound. "counted": to the limit of the policy.
 * "recorded": for a decision that other policies are tried on later: up to 8,192 UTF-16 units in full, longer ones to four
 * times the limit, and the words of every call.
 */
export type TokenPrecision = "decided" | "counted" | "recorded";

/** How many times the limit of the policy a recorded prompt is counted to. */
const recordedLimits = 4;

/** What the planner needs of a call: the only place where a prompt is read. */
export function featuresOf(
  call: ChatCall,
  policy: RoutingPolicy,
  counter: TokenCounter,
  precision: TokenPrecision,
): CallFeatures {
  const { model, alias, temperature, maxTokens, choices, routing, user } = call;
  return {
    model,
    alias,
    temperature,
    maxTokens,
    choices,
    routing,
    hasUser: user !== "",
    canaryBucket: canaryBucket(user, policy.canary.salt),
    prompt: promptFeatures(call, policy, counter, precision),
  };
}

function promptFeatures(
  call: ChatCall,
  { policy, keywords, models }: RoutingPolicy,
  counter: TokenCounter,
  precision: TokenPrecision,
): PromptFeatures {
  const { texts, question, model, routing } = call;
  let known: TokenEstimate | undefined;
  const estimate = () => {
    known ??= estimateTokens(texts, counter);
    return known;
  };
  const isRecorded = precision === "recorded";
  const needsTier = model === undefined && routing.tier === undefined && policy === "keywords";
  const searchedWords = needsTier || isRecorded ? searchedWordsOf(keywords) : none;
  const words = searchedWords.length === 0 ? none : wordsIn(question, keywords);
  const tokens = (): TokenBounds => {
    if (isRecorded && estimate().exact) return { minTokens: estimate().tokens, maxTokens: estimate().tokens };
    const bounds = tokenBounds(texts, keywords.highAboveTokens);
    if (precision === "decided" && (!needsTier || isSettled(bounds, words, keywords))) return bounds;
    const { tokens, exact } = counter.count(texts, keywords.highAboveTokens * (isRecorded ? recordedLimits : 1));
    return { minTokens: Math.max(tokens, exact ? 0 : bounds.minTokens), maxTokens: exact ? tokens : bounds.maxTokens };
  };
  const billedTokens = () => {
    if (isRecorded) return estimate().likelyAtMost;
    if (!billsInput(models)) return 0;
    if (precision === "counted" || routing.maxCostNanoUsd !== undefined) return estimate().likelyAtMost;
    return Math.ceil(texts.reduce((units, text) => units + text.length, 0) / 4);
  };
  return { ...tokens(), billedTokens: billedTokens(), words, searchedWords };
}

const none: readonly string[] = [];

/** By their policy: a configuration is frozen, and its lists are put together once. */
const searchedWords = new WeakMap<KeywordPolicy, readonly string[]>();

function searchedWordsOf(policy: KeywordPolicy): readonly string[] {
  const words = searchedWords.get(policy) ?? [...policy.lowWords, ...policy.highWords];
  searchedWords.set(policy, words);
  return words;
}

/** The words of the policy that a question has, each once. */
function wordsIn(question: string, policy: KeywordPolicy): readonly string[] {
  const { lowWords, highWords } = findKeywords(question, policy);
  return lowWords.length + highWords.length === 0 ? none : [...new Set([...lowWords, ...highWords])];
}

/** Whether the tier is known without a count. */
function isSettled(bounds: TokenBounds, words: readonly string[], policy: KeywordPolicy): boolean {
  if (wordsOf(words, policy.highWords).length > 0) return true;
  if (!settles(bounds, policy.highAboveTokens)) return false;
  if (bounds.minTokens > policy.highAboveTokens || wordsOf(words, policy.lowWords).length === 0) return true;
  return settles(bounds, policy.lowBelowTokens - 1);
}

/** By the models of a configuration, which is frozen. */
const billing = new WeakMap<RoutingPolicy["models"], boolean>();

/** Whether any model bills its input, now or later. */
function billsInput(models: RoutingPolicy["models"]): boolean {
  const known = billing.get(models) ?? anyBillsInput(models);
  billing.set(models, known);
  return known;
}

function anyBillsInput(models: RoutingPolicy["models"]): boolean {
  for (const { prices } of models.values()) {
    if (prices.base.inputNanoUsd > 0n || prices.changes.some((change) => change.prices.inputNanoUsd > 0n)) return true;
  }
  return false;
}
