import type { AttemptOutcome, BreakerPolicy, BreakerState, Clock } from "@meridian/core";
import { CircuitBreaker } from "./circuit-breaker.js";

/** What is known of each deployment, by `deploymentId`. Shared by all calls of a process. */
export interface DeploymentHealth {
  /** The state of the deployment's circuit breaker. */
  state(id: string): BreakerState;
  /** Whether a call may go there; one that may must be followed by one `record`. */
  permit(id: string): boolean;
  /** Milliseconds until a call may go there; 0 where one may now. */
  retryAfterMs(id: string): number;
  /**
   * How the permitted call ended; for a stream, when it ended. A call that was permitted before the breaker opened has no
   * say in it any more. `permittedAtMs` is on the clock of the health; undefined: now.
   */
  record(id: string, outcome: AttemptOutcome, permittedAtMs?: number): void;
}

type Verdict = "succeeded" | "failed" | "accountRefused" | "released";

/** What an outcome says of the deployment. A relay that refuses the request, or says "too many", is alive. */
const verdictOf = {
  ok: "succeeded",
  invalid_request: "succeeded",
  content_policy: "succeeded",
  context_too_long: "succeeded",
  rate_limited: "released",
  canceled: "released",
  deadline_exceeded: "released",
  shutting_down: "released",
  internal: "released",
  credential_rejected: "accountRefused",
  credit_exhausted: "accountRefused",
  model_missing: "failed",
  overloaded: "failed",
  connection_failed: "failed",
  headers_limit: "failed",
  first_token_limit: "failed",
  idle_limit: "failed",
  attempt_limit: "failed",
  malformed_answer: "failed",
  stream_truncated: "failed",
} as const satisfies Record<AttemptOutcome, Verdict>;

/**
 * Creates the health of the deployments that one configuration names. Breakers are made on first use; their number is
 * bounded by the configuration, because only its deployments are ever asked about.
 *
 * @param random gives a number of [0, 1)
 */
export function createDeploymentHealth(policy: BreakerPolicy, clock: Clock, random: () => number): DeploymentHealth {
  const breakers = new Map<string, CircuitBreaker>();
  const breakerOf = (id: string) => {
    const known = breakers.get(id);
    if (known !== undefined) return known;
    const breaker = new CircuitBreaker(policy, clock, random);
    breakers.set(id, breaker);
    return breaker;
  };
  return {
    state: (id) => breakers.get(id)?.state ?? "closed",
    permit: (id) => breakerOf(id).permit(),
    retryAfterMs: (id) => breakers.get(id)?.retryAfterMs ?? 0,
    record(id, outcome, permittedAtMs) {
      const breaker = breakerOf(id);
      if (permittedAtMs === undefined || !breaker.isOutdated(permittedAtMs)) breaker[verdictOf[outcome]]();
    },
  };
}
