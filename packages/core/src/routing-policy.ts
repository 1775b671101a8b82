import type { Tier } from "./chat-call.js";
import type { Endpoint, Model } from "./deployment.js";

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

/** The deterministic slice of users that gets the canary's side. */
export interface CanaryPolicy {
  /** 0 to 100, with two decimals. Default 0. */
  readonly percentage: number;
  /** Changes who is in the slice. */
  readonly salt: string;
}

/** All that the planner decides by. Part of the frozen runtime configuration. */
export interface RoutingPolicy {
  /** By id. */
  readonly models: ReadonlyMap<string, Model>;
  /** In configured order, which ranks those of equal latency. */
  readonly endpoints: readonly Endpoint[];
  /** By ISO 3166-1 alpha-2 code, and "DEFAULT", which is always there. */
  readonly regions: ReadonlyMap<string, RegionRule>;
  readonly keywords: KeywordPolicy;
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
