import type {
  Attempt,
  ChatCall,
  Clock,
  Deadline,
  DispatchPolicy,
  Relay,
  RoutePlan,
  TraceContext,
} from "@meridian/core";
import type { DeploymentHealth } from "./deployment-health.js";
import type { EndpointLatency } from "./endpoint-latency.js";
import type { FastestAnswers } from "./fastest-answers.js";
import type { ModelLimits } from "./model-limits.js";
import type { RetryBudget } from "./retry-budget.js";

/** An attempt as it begins. */
export type StartedAttempt = Pick<Attempt, "deployment" | "transport" | "startMs">;

/** One call to be carried out. */
export interface CallJob {
  readonly call: ChatCall;
  readonly plan: RoutePlan;
  readonly deadline: Deadline;
  /** When the call arrived, on the clock of the dependencies; attempts are reported relative to it. */
  readonly arrivedAtMs: number;
  /** Told of each attempt as it ends. Default: nobody is. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Asked as an attempt begins what its relay is told of the trace. Default: nothing. */
  readonly traceAttempt?: (attempt: StartedAttempt) => TraceContext | undefined;
}

/** What dispatch needs of the world. */
export interface DispatchDependencies {
  readonly relay: Relay;
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC: which prices count. */
  readonly timeOfDayMs: () => number;
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
