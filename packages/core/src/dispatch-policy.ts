/** How long an attempt may take, each in milliseconds. */
export interface AttemptLimits {
  /** Until the headers of a stream. Default 8,000. A unary answer has none before it is done. */
  readonly headersMs: number;
  /** Until the first content of a stream, from the start of the attempt. Default 8,000. */
  readonly firstTokenMs: number;
  /** Between two events of a stream after its first content. Default 15,000. */
  readonly idleMs: number;
  /** A whole unary attempt. Default 60,000. */
  readonly unaryMs: number;
  /** A whole streamed attempt. Default 300,000. */
  readonly streamMs: number;
}

/** Exponential backoff with full jitter: a random share of `min(maxMs, baseMs * 2^n)`. */
export interface Backoff {
  /** Default 1,000. */
  readonly baseMs: number;
  /** Also the longest Retry-After that is waited for; a longer one moves on to the next candidate. Default 30,000. */
  readonly maxMs: number;
}

/** How much retries may add to the traffic of a route, which is all calls planned for one model. */
export interface RetryBudgetPolicy {
  /** Retries for each call. Default 0.2. */
  readonly ratio: number;
  /** Retries that are allowed besides, however few the calls. Default 10. */
  readonly floor: number;
  /** Over how long both are counted, in milliseconds. Default 10,000. */
  readonly windowMs: number;
}

/** How often a relay may be asked for one call. */
export interface RetryPolicy {
  /** Attempts of one call together, on all deployments. Default 6. */
  readonly maxAttempts: number;
  /** Attempts on one candidate that says "too many requests". Default 3. */
  readonly rateLimitedTries: number;
  /** Attempts on one candidate that is overloaded or not reachable. Default 2. */
  readonly overloadedTries: number;
  readonly backoff: Backoff;
  readonly budget: RetryBudgetPolicy;
  /**
   * How much of what is left of the deadline an attempt may take before it answers, while another candidate could be asked:
   * above 0, at most 1. Default 0.6.
   */
  readonly deadlineShare: number;
}

/** When a deployment is left alone. */
export interface BreakerPolicy {
  /** Failures in a row that open it, or `failureRate` of the calls that wait for an answer, if those are more. Default 5. */
  readonly consecutiveFailures: number;
  /** The share of failures among the calls of the window that opens it. Default 0.5. */
  readonly failureRate: number;
  /** The window, in milliseconds. Default 30,000. */
  readonly windowMs: number;
  /** With fewer calls in the window the rate says nothing. Default 20. */
  readonly minimumCalls: number;
  /** How long it stays open before one call may probe it, in milliseconds, with up to a tenth of jitter. Default 10,000. */
  readonly openMs: number;
  /** The same after a rejected key or an exhausted credit, which open it at once. Default 60,000. */
  readonly accountOpenMs: number;
}

/** All that dispatch decides by. Part of the frozen runtime configuration. */
export interface DispatchPolicy {
  readonly limits: AttemptLimits;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
}
