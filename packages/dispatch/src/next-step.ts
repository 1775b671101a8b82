import type { RetryPolicy, Transport, UpstreamFailure } from "@meridian/core";
import { backoffMs } from "./backoff.js";

/** What happens after an attempt has failed. */
export type Step =
  /** The call fails with this failure: no other deployment would do better. */
  | { readonly step: "stop" }
  /** The same deployment again, after a wait. */
  | { readonly step: "retry"; readonly delayMs: number }
  /** The next credential of the same candidate, else the next candidate. */
  | { readonly step: "other-credential" }
  /** The next candidate; with `largerWindow`, the next one whose context window is larger. */
  | { readonly step: "next"; readonly largerWindow: boolean };

/** What `nextStep` may know of the call. */
export interface AttemptState {
  /** Attempts made on the current candidate, with any credential. */
  readonly triesOnCandidate: number;
  /** What is left of the deadline, without the least that one more attempt needs, in milliseconds. */
  readonly remainingMs: number;
  /** Whether another model was asked before this one. */
  readonly isFallback: boolean;
  readonly policy: RetryPolicy;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
}

const next: Step = { step: "next", largerWindow: false };

/** Decides, from the failure alone and the state of the call, what to do next. The table of docs/errors.md. */
export function nextStep(failure: UpstreamFailure, state: AttemptState): Step {
  switch (failure.kind) {
    case "invalid_request":
      // What the first model would have taken another may not: the call has not failed for its request.
      return state.isFallback ? next : { step: "stop" };
    case "content_policy":
      return { step: "stop" };
    case "context_too_long":
      return { step: "next", largerWindow: true };
    case "credential_rejected":
      return { step: "other-credential" };
    case "rate_limited":
      return retryOrNext(failure.retryAfterMs, state.policy.rateLimitedTries, state);
    case "overloaded":
      return retryOrNext(failure.retryAfterMs, state.policy.overloadedTries, state);
    case "connection_failed":
      return retryOrNext(undefined, state.policy.overloadedTries, state);
    case "model_missing":
    case "credit_exhausted":
    case "headers_limit":
    case "first_token_limit":
    case "idle_limit":
    case "attempt_limit":
    case "malformed_answer":
    case "stream_truncated":
      return next;
  }
}

/**
 * How the candidate after this failure is asked. A stream whose first token does not come says that streaming is what
 * hangs there: from then on whole answers are asked for, and sent on as a stream.
 */
export function nextTransport(failure: UpstreamFailure, transport: Transport): Transport {
  return failure.kind === "first_token_limit" ? "unary" : transport;
}

function retryOrNext(retryAfterMs: number | undefined, tries: number, state: AttemptState): Step {
  if (state.triesOnCandidate >= tries) return next;
  const { backoff } = state.policy;
  // "At once" from a relay that has just refused is no advice: then the backoff decides.
  const delayMs = retryAfterMs || backoffMs(state.triesOnCandidate, backoff, state.random);
  const fits = delayMs <= backoff.maxMs && delayMs < state.remainingMs;
  return fits ? { step: "retry", delayMs } : next;
}
