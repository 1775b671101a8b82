import type { Attempt, ChatCall, Clock, Deadline, DispatchPolicy, Relay, RoutePlan } from "@meridian/core";
import type { DeploymentHealth } from "./deployment-health.js";
import type { EndpointLatency } from "./endpoint-latency.js";
import type { FastestAnswers } from "./fastest-answers.js";
import type { ModelLimits } from "./model-limits.js";
import type { RetryBudget } from "./retry-budget.js";

/** One call to be carried out. */
export interface CallJob {
  readonly call: ChatCall;
  readonly plan: RoutePlan;
  readonly deadline: Deadline;
  /** When the call arrived, on the clock of the dependencies; attempts are reported relative to it. */
  readonly arrivedAtMs: number;
  /** Told of each attempt as it ends. Default: nobody is. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** What dispatch needs of the world. */
export interface DispatchDependencies {
  readonly relay: Relay;
  readonly clock: Clock;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
  readonly health: DeploymentHealth;
  readonly modelLimits: ModelLimits;
  readonly retryBudget: RetryBudget;
  readonly fastestAnswers: FastestAnswers;
  readonly latency: EndpointLatency;
  readonly policy: DispatchPolicy;
  /** Counts tokens where a relay reports none. */
  readonly countTokens: (texts: readonly string[]) => number;
}
