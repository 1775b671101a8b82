import type {
  CallFeatures,
  CanaryPolicy,
  Decision,
  KeywordPolicy,
  LearnedPolicy,
  LearnedReading,
  PromptFeatures,
  RoutingPolicy,
  ScoreBudget,
} from "@meridian/core";
import { normalized } from "./find-keywords.js";
import { resolveModel } from "./resolve-model.js";
import { settles } from "./token-bounds.js";

/** What a decision could have been made from under another policy than the one that it was taken down under. */
export interface PossibleDecisions {
  /** At least one; where all give the same plan, that is the plan. */
  readonly decisions: readonly [Decision, ...Decision[]];
  /** What nobody knows, a short phrase each. Empty: there is one decision. */
  readonly unknown: readonly string[];
}

/** How it can be with one thing that was not taken down. */
interface Unknown<T> {
  readonly values: readonly T[];
  readonly name: string;
}

/**
 * The decisions that may have been, under another policy: every combination of what was not taken down, because nobody had asked for it.
 * An alias stands for the model of that policy. The canary stands where it stood, or where that policy begins it,
 * if it is another.
 */
export function possibleDecisions(taken: Decision, policy: RoutingPolicy): PossibleDecisions {
  const { name, salt, percentage } = policy.canary;
  const isSameCanary =
    name === taken.canary.name && salt === taken.canary.salt && percentage === taken.canary.percentage;
  const currentPercentage = isSameCanary ? taken.canary.currentPercentage : percentage;
  const asked = taken.features.alias ?? taken.features.model;
  const features: CallFeatures = {
    ...taken.features,
    model: asked === undefined ? undefined : resolveModel(asked, policy),
  };
  const buckets = unknownBucket(features, taken.canary, policy.canary, currentPercentage);
  const isRouted = features.model === undefined && features.routing.tier === undefined;
  const needsWords = isRouted && policy.policy === "keywords";
  const words = needsWords ? unknownWords(features.prompt, policy.keywords) : known(features.prompt.words);
  const tokens = needsWords ? unknownTokens(features.prompt, policy.keywords) : known(features.prompt.minTokens);
  const needsReading = isRouted && policy.policy === "learned";
  const readings = needsReading ? unknownReading(features.prompt, policy.learned) : known(features.prompt.learned);

  const decisions = buckets.values.flatMap((canaryBucket) =>
    words.values.flatMap((each) =>
      tokens.values.flatMap((minTokens) =>
        readings.values.map((learned): Decision => {
          const prompt = { ...features.prompt, words: each, minTokens, learned };
          return {
            ...taken,
            features: { ...features, canaryBucket, prompt },
            canary: { ...taken.canary, currentPercentage },
          };
        }),
      ),
    ),
  );
  const [first = taken, ...rest] = decisions;
  const unknown = [buckets, words, tokens, readings].filter(({ values }) => values.length > 1).map(({ name }) => name);
  return { decisions: [first, ...rest], unknown };
}

function known<T>(value: T): Unknown<T> {
  return { values: [value], name: "" };
}

function unknownBucket(
  { hasUser, canaryBucket }: CallFeatures,
  taken: Pick<CanaryPolicy, "salt">,
  { salt }: CanaryPolicy,
  percentage: number,
): Unknown<number> {
  const isKnown = salt === taken.salt || !hasUser || percentage <= 0 || percentage >= 100;
  // The first bucket is the canary's, the last one the baseline's.
  return isKnown ? known(canaryBucket) : { values: [0, 9_999], name: "the user's bucket, with another canary.salt" };
}

function unknownWords({ words, searchedWords }: PromptFeatures, policy: KeywordPolicy): Unknown<readonly string[]> {
  const searched = new Set(searchedWords.map(normalized));
  const notSearched = (configured: readonly string[]) =>
    configured.map(normalized).filter((word) => !searched.has(word));
  const [low, high] = [notSearched(policy.lowWords), notSearched(policy.highWords)];
  const values = [words, ...[low[0], high[0]].flatMap((word) => (word === undefined ? [] : [[...words, word]]))];
  const quoted = [...low, ...high].map((word) => `"${word}"`).join(", ");
  return { values, name: `whether the question has the new word ${quoted}` };
}

function unknownTokens(prompt: PromptFeatures, { lowBelowTokens, highAboveTokens }: KeywordPolicy): Unknown<number> {
  if (settles(prompt, highAboveTokens) && settles(prompt, lowBelowTokens - 1)) return known(prompt.minTokens);
  // The fewest, the most, and what is between the tiers of few and of many.
  const { minTokens, maxTokens } = prompt;
  const between = [lowBelowTokens, highAboveTokens].filter((tokens) => tokens > minTokens && tokens < maxTokens);
  return { values: [minTokens, ...between, maxTokens], name: "the number of tokens, which was not counted so far" };
}

/** A prompt that was read by other weights, for another budget, or not at all, may be of any tier. */
function unknownReading({ learned }: PromptFeatures, policy: LearnedPolicy): Unknown<LearnedReading> {
  if (learned?.version === policy.version && isSameBudget(learned.budget, policy.budget)) return known(learned);
  const { version, budget } = policy;
  const cutoffs = { medium: 0, high: 1 };
  const costs = { low: 1, medium: 1, high: 1 };
  const values = [-1, 0, 1].map((score) => ({ version, budget, language: "", score, quantile: 0, cutoffs, costs }));
  return { values, name: learnedName(learned, policy) };
}

function learnedName(learned: LearnedReading | undefined, { version }: LearnedPolicy): string {
  if (learned === undefined) return "the learned score, which was not taken down";
  return learned.version === version ? "the cut-offs of another budget" : `the score by the weights ${version}`;
}

function isSameBudget(one: ScoreBudget, other: ScoreBudget): boolean {
  if (one.kind === "cost") return other.kind === "cost" && one.ofHigh === other.ofHigh;
  return other.kind === "share" && one.medium === other.medium && one.high === other.high;
}
