import type { InferenceErrorCode } from "./inference-error-code.js";

/** The words that Meridian gives for a failed call, as docs/errors.md explains them. */
export const inferenceReasons = [
  "invalid_request",
  "content_policy",
  "context_too_long",
  "credential_rejected",
  "credit_exhausted",
  "model_missing",
  "rate_limited",
  "overloaded",
  "connection_failed",
  "headers_limit",
  "first_token_limit",
  "idle_limit",
  "attempt_limit",
  "malformed_answer",
  "stream_truncated",
  "unauthenticated",
  "canceled",
  "deadline_exceeded",
  "unknown_model",
  "no_candidate",
  "not_allowed",
  "tenant_limit",
  "circuit_open",
  "request_too_large",
  "shutting_down",
  "too_many_calls",
  "internal",
] as const;

/**
 * Why a call failed: a word of Meridian's; where an answer came from something else, such as a load balancer, the
 * word that fits its code or the code itself; or a word that a newer Meridian knows.
 */
export type InferenceReason =
  | (typeof inferenceReasons)[number]
  | InferenceErrorCode
  | (string & Readonly<Record<never, never>>);

/** The reason of a failure that says no more than its code. */
export const reasonOfCode = {
  canceled: "canceled",
  unknown: "internal",
  invalid_argument: "invalid_request",
  deadline_exceeded: "deadline_exceeded",
  not_found: "not_found",
  already_exists: "already_exists",
  permission_denied: "permission_denied",
  resource_exhausted: "resource_exhausted",
  failed_precondition: "failed_precondition",
  // What connect-node makes of a connection that was reset.
  aborted: "connection_failed",
  out_of_range: "out_of_range",
  unimplemented: "unimplemented",
  internal: "internal",
  unavailable: "connection_failed",
  data_loss: "internal",
  unauthenticated: "unauthenticated",
} as const satisfies Record<InferenceErrorCode, InferenceReason>;
