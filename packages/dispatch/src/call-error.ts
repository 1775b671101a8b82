import type { Attempt, CallFailure, UpstreamFailure } from "@meridian/core";

/** A call that failed, with all that was tried. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly failure: CallFailure;
  readonly attempts: readonly Attempt[];

  constructor(failure: CallFailure, attempts: readonly Attempt[], options?: ErrorOptions) {
    super(failure.kind, options);
    this.failure = failure;
    this.attempts = attempts;
  }
}

/**
 * From the least to the most telling, for a call whose every candidate failed: what the caller can act on tells more than
 * what only the operator can mend, an answer of a relay more than its silence, and a passing failure more than a window
 * that is too small: the same call may be answered later by a model whose window is larger.
 */
const telling: Readonly<Record<UpstreamFailure["kind"], number>> = {
  credential_rejected: 0,
  connection_failed: 1,
  model_missing: 2,
  malformed_answer: 3,
  headers_limit: 4,
  first_token_limit: 4,
  idle_limit: 4,
  attempt_limit: 4,
  stream_truncated: 5,
  context_too_long: 6,
  overloaded: 7,
  credit_exhausted: 8,
  rate_limited: 9,
  content_policy: 10,
  invalid_request: 11,
};

/** The failure that says most about why a call failed; of equals the first. Undefined for none. */
export function mostTelling(failures: readonly UpstreamFailure[]): UpstreamFailure | undefined {
  return failures.reduce<UpstreamFailure | undefined>(
    (best, failure) => (best === undefined || telling[failure.kind] > telling[best.kind] ? failure : best),
    undefined,
  );
}
