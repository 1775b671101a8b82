import { Code } from "@connectrpc/connect";
import type { CallFailure } from "@meridian/core";

/** The Connect code that a failed call ends with. The same table, for people, is docs/errors.md. */
export const codeOf = {
  invalid_request: Code.InvalidArgument,
  content_policy: Code.InvalidArgument,
  context_too_long: Code.InvalidArgument,
  // Our key was refused, not the caller's: the caller is not unauthenticated.
  credential_rejected: Code.Unavailable,
  credit_exhausted: Code.ResourceExhausted,
  model_missing: Code.NotFound,
  rate_limited: Code.ResourceExhausted,
  overloaded: Code.Unavailable,
  connection_failed: Code.Unavailable,
  headers_limit: Code.Unavailable,
  first_token_limit: Code.Unavailable,
  idle_limit: Code.Unavailable,
  attempt_limit: Code.Unavailable,
  malformed_answer: Code.Internal,
  stream_truncated: Code.Aborted,
  unauthenticated: Code.Unauthenticated,
  canceled: Code.Canceled,
  deadline_exceeded: Code.DeadlineExceeded,
  shutting_down: Code.Unavailable,
  // Another process may have room: the caller, or the load balancer, is to try there.
  too_many_calls: Code.Unavailable,
  unknown_model: Code.NotFound,
  no_candidate: Code.FailedPrecondition,
  not_allowed: Code.PermissionDenied,
  tenant_limit: Code.ResourceExhausted,
  circuit_open: Code.Unavailable,
} as const satisfies Record<CallFailure["kind"], Code>;
