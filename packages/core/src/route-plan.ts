import type { Tier } from "./chat-call.js";
import type { Cohort, Credential, Deployment, Endpoint, Model } from "./deployment.js";
import type { ComplexityPolicy, LearnedReading } from "./learned-policy.js";

/** The state of a circuit breaker. */
export type BreakerState = "closed" | "open" | "half_open";

/** What was last known of an endpoint's reachability. */
export type Reachability = "reachable" | "unreachable" | "unknown";

/** What the planner knows of the outside at one moment. It holds no sockets and never changes under the planner. */
export interface HealthSnapshot {
  /** The breaker of a deployment. */
  breaker(deployment: Deployment): BreakerState;
  /**
   * What the first content of a model's stream is expected to take at an endpoint, in milliseconds; by the endpoint's
   * name and the model's id. Undefined where nothing was measured.
   */
  latencyMs(endpoint: string, model: string): number | undefined;
  /** Attempts of a model that are under way at an endpoint, by its name and the model's id. */
  inFlight(endpoint: string, model: string): number;
  /** Whether the endpoint answered its last probe, by name. */
  reachability(endpoint: string): Reachability;
  /** Whether a key may be used before others: false for one that has come with a reload until the relay has taken it. */
  isChecked(credential: Credential): boolean;
}

/** A country and how it was found. */
export interface Location {
  /** ISO 3166-1 alpha-2, or "DEFAULT". */
  readonly country: string;
  /** The header's name, "ip_database", or "none". */
  readonly source: string;
  /** The caller's own address as far as trusted peers tell it; undefined where none is known. */
  readonly clientAddress: string | undefined;
}

/** What a tier was decided from. */
export interface TierSignals {
  readonly policy: ComplexityPolicy | "forced" | "pinned";
  /** Tokens of the prompt; at least that many where `promptTokensExact` is false. */
  readonly promptTokens: number;
  readonly promptTokensExact: boolean;
  readonly lowWords: readonly string[];
  readonly highWords: readonly string[];
  /** What the learned policy decided by; undefined where another one did. */
  readonly learned?: LearnedReading | undefined;
}

/** An endpoint that may answer with a model, and the keys to ask it with. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly model: Model;
  /** At least one, in the order that they are used. */
  readonly credentials: readonly Credential[];
  /** Why it stands here, a short sentence. */
  readonly reason: string;
  /** The breaker of its first credential when the plan was made. */
  readonly breaker: BreakerState;
  /** What an answer of the largest size allowed would cost. */
  readonly estimatedCostNanoUsd: bigint;
  /** What its first content was expected to take when the plan was made, in milliseconds; undefined: not measured. */
  readonly latencyMs: number | undefined;
}

/** A model, or a model at one endpoint, that may not answer. */
export interface ExcludedCandidate {
  readonly model: string;
  /** Undefined: every endpoint. */
  readonly endpoint: string | undefined;
  readonly reason: string;
  /** Whether it is the tenant's rights that leave it out. Default false. */
  readonly byRights?: boolean;
}

/** Where a call may go, in order, and why. Made once per call, never changed. */
export interface RoutePlan {
  readonly location: Location;
  /** Undefined for a pinned model. */
  readonly tier: Tier | undefined;
  readonly signals: TierSignals;
  /** Why this tier and this model, a short sentence each. */
  readonly reasons: readonly string[];
  /** The model that the call should be answered by. */
  readonly model: string;
  /** 0 to 9,999. */
  readonly canaryBucket: number;
  readonly cohort: Cohort;
  /** Whether the caller names a user. Callers that name none are all baseline, so nothing compares them with a canary. */
  readonly hasUser: boolean;
  /** What the relay is sent. */
  readonly temperature: number;
  /** What the relay is sent. */
  readonly maxTokens: number;
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly ExcludedCandidate[];
}
