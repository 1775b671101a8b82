import type { JsonObject } from "./json.js";

/** How hard a prompt is taken to be, which chooses the model: the cheapest, the region's, the strongest. */
export type Tier = "low" | "medium" | "high";

/** What happens to a fault after the first delta of a stream; see `RoutingOptions.commit` of the contract. */
export type CommitMode = "first_token" | "restart" | "buffered";

/** Whether an equal earlier answer may be used; see `RoutingOptions.cache` of the contract. */
export type CacheMode = "auto" | "use" | "bypass";

/** How the caller narrows the route. */
export interface CallRouting {
  /** Undefined: decided from the prompt. */
  readonly tier: Tier | undefined;
  /** Model ids; empty: every model. */
  readonly allowedModels: readonly string[];
  /** Model ids in order; empty: the configured chain for a routed call, none for a pinned one. */
  readonly fallbacks: readonly string[];
  /** The most that one answer may cost by the estimate; undefined: no limit. */
  readonly maxCostNanoUsd: bigint | undefined;
  /** Default "first_token". */
  readonly commit: CommitMode;
}

/** One chat as the caller asked for it, whichever face of the proxy it came in by. */
export interface ChatCall {
  readonly requestId: string;
  /** The pinned model's id; undefined: Meridian chooses. */
  readonly model: string | undefined;
  /** The configured alias that the caller has asked for; undefined: the caller has used none. */
  readonly alias?: string | undefined;
  /**
   * The body in OpenAI's form with all that the caller set, but for `model`, `stream`, `stream_options.include_usage`
   * and the routing options.
   */
  readonly body: JsonObject;
  /** Every text of the conversation, in order: what the prompt's tokens are counted over. */
  readonly texts: readonly string[];
  /** The text of the last message of role user: what the complexity words are looked for in. */
  readonly question: string;
  /** The caller's sampling temperature; undefined: the region's, else the default. */
  readonly temperature: number | undefined;
  /** The caller's limit of generated tokens, by either name; undefined: the region's, else the default. */
  readonly maxTokens: number | undefined;
  /** How many answers are asked for. */
  readonly choices: number;
  /** The end user's stable identifier; empty where the caller names none. */
  readonly user: string;
  readonly routing: CallRouting;
  /** Default "auto": where the answer is meant to be repeatable. */
  readonly cache?: CacheMode;
  /** Whether the caller gets the answer in the relay's own JSON: all of it, not only what is modelled. Default false. */
  readonly keepsSource?: boolean;
}
