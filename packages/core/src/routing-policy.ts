import type { Tier } from "./chat-call.js";
import type { Endpoint, Model } from "./deployment.js";
import type { ComplexityPolicy, LearnedPolicy } from "./learned-policy.js";

/** What callers of one country get. */
export interface RegionRule {
  /** The model's id. */
  readonly model: string;
  /** Undefined: `RoutingPolicy.defaultMaxTokens`. */
  readonly maxTokens: number | undefined;
  /** Undefined: `RoutingPolicy.defaultTemperature`. */
  readonly temperature: number | undefined;
}

/** The keyword rule that decides a prompt's tier. */
export interface KeywordPolicy {
  /** Lower-case words; a prompt of fewer than `lowBelowTokens` with one of them is low. */
  readonly lowWords: readonly string[];
  /** Lower-case words; a prompt with one of them is high. High wins over low. */
  readonly highWords: readonly string[];
  /** Default 128. */
  readonly lowBelowTokens: number;
  /** Prompts of more tokens are high. Default 512. */
  readonly highAboveTokens: number;
}

/** Where a canary can be: nobody has it, some have it, it was found wrong, everybody has it. */
export const canaryPhases = ["idle", "running", "aborted", "promoted"] as const;

/** Where a canary is. */
export type CanaryPhase = (typeof canaryPhases)[number];

/** How a canary goes on by itself: it steps up while it is as good as the baseline, and is aborted once it is not. */
export interface RolloutPolicy {
  /** What a step adds, in percentage points. Default 10. */
  readonly stepPoints: number;
  /** How long a step lasts at least, in milliseconds. Default 48 hours. */
  readonly stepMs: number;
  /** The step that would begin as long after the first, or later, goes to 100 %, in milliseconds. Default 14 days. */
  readonly fullAfterMs: number;
  /** What is looked for: so many percentage points more errors. Default 2. */
  readonly errorPoints: number;
  /** What is looked for: a p95 that is so much longer, in percent. Default 30. */
  readonly latencyPercent: number;
  /** How often a canary like the baseline may be aborted all the same, at most, in percent. Default 5. */
  readonly falseAbortPercent: number;
}

/** A named change, and the deterministic slice of users that gets it. */
export interface CanaryPolicy {
  /** Another name is another canary: it begins anew. Default "canary". */
  readonly name: string;
  /** Where it begins: 0 to 100, with two decimals. Default 0. */
  readonly percentage: number;
  /** Changes who is in the slice. */
  readonly salt: string;
  /** The model that routed calls get instead of another, by the id of that other. Default none. */
  readonly models: ReadonlyMap<string, string>;
  /** Undefined, the default: the percentage changes only by hand. */
  readonly rollout: RolloutPolicy | undefined;
  /** The file that keeps where the canary stands over a restart. Undefined, the default: it begins again. */
  readonly stateFile: string | undefined;
}

/** All that the planner decides by. Part of the frozen runtime configuration. */
export interface RoutingPolicy {
  /** By id. */
  readonly models: ReadonlyMap<string, Model>;
  /** In configured order, which ranks those of equal latency. */
  readonly endpoints: readonly Endpoint[];
  /** By ISO 3166-1 alpha-2 code, and "DEFAULT", which is always there. */
  readonly regions: ReadonlyMap<string, RegionRule>;
  /** Who decides the tier of a routed call. Default "keywords". */
  readonly policy: ComplexityPolicy;
  readonly keywords: KeywordPolicy;
  /** Counts where `policy` is "learned". */
  readonly learned: LearnedPolicy;
  /** The model's id for a tier; the medium tier is the region's model. */
  readonly tierModels: Readonly<Record<Exclude<Tier, "medium">, string>>;
  /** Other names that callers may use, each for the id of a model or "auto", where Meridian chooses. Default none. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly canary: CanaryPolicy;
  /** Default 0.7. */
  readonly defaultTemperature: number;
  /** Default 1000. */
  readonly defaultMaxTokens: number;
  /** How many endpoints of one model a plan holds at most. Default 2. */
  readonly maxEndpointsPerModel: number;
}
