import type { Tier } from "./chat-call.js";

/** Who decides how hard a prompt is: the keyword rule, or a learned score and a budget. */
export const complexityPolicies = ["keywords", "learned"] as const;

/** Who decides how hard a prompt is. */
export type ComplexityPolicy = (typeof complexityPolicies)[number];

/** What the operator is ready to spend on prompts by their scores. */
export type ScoreBudget =
  | {
      readonly kind: "share";
      /** Which share of the calls is of the medium tier, 0 to 1. */
      readonly medium: number;
      /** Which share is of the high tier, 0 to 1; both together at most 1. The rest is of the low one. */
      readonly high: number;
    }
  | {
      readonly kind: "cost";
      /** What calls may cost on average, of what the high tier's model would cost for all of them: 0 to 1. */
      readonly ofHigh: number;
    };

/** How the learned policy decides. */
export interface LearnedPolicy {
  /** Default: 24 % medium, 8 % high. */
  readonly budget: ScoreBudget;
  /** Of the weights. */
  readonly version: string;
  /** The text of a file of weights, which was checked. Undefined, the default: the weights that are shipped. */
  readonly weights: string | undefined;
}

/** The scores from which a prompt is of the medium tier, and of the high one. Below the first it is of the low tier. */
export interface TierCutoffs {
  readonly medium: number;
  readonly high: number;
}

/** What a call would cost in each tier, as estimated: where the high tier's model costs 1. All 1 where that one is free. */
export type RelativeCosts = Readonly<Record<Tier, number>>;

/** What the learned policy read in a prompt, and where that stood among the scores of its tenant and language. */
export interface LearnedReading {
  /** Of the weights. */
  readonly version: string;
  /** The language that the prompt seems to be in, ISO 639-1. */
  readonly language: string;
  /** How much an expensive model is worth for it, to six decimals; higher is more. */
  readonly score: number;
  /** The share of the recent scores that is lower, half of those that are equal among them: 0 to 1. */
  readonly quantile: number;
  /** The cut-offs of the moment. -2 where every score reaches one, 2 where none does. */
  readonly cutoffs: TierCutoffs;
  /** What they were to hold. */
  readonly budget: ScoreBudget;
  readonly costs: RelativeCosts;
}
