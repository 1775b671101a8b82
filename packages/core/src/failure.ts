/** How one attempt at a relay failed. Statuses and socket codes are read in `relay/classify-failure` alone. */
export type UpstreamFailure =
  /** The relay refuses the request itself (400, 413, 422). */
  | { readonly kind: "invalid_request"; readonly status: number; readonly message: string }
  /** The relay's content policy refuses the request. */
  | { readonly kind: "content_policy"; readonly status: number; readonly message: string }
  /** Prompt and answer do not fit the model's window. */
  | { readonly kind: "context_too_long"; readonly status: number; readonly message: string }
  /** Our key is refused (401, 403). */
  | { readonly kind: "credential_rejected"; readonly status: number }
  /** The account has no credit left (402). */
  | { readonly kind: "credit_exhausted"; readonly status: number }
  /** The relay does not have the model (404). */
  | { readonly kind: "model_missing"; readonly status: number }
  /** Too many requests: the relay says so (429), or the limit that is kept for it here (status 0). */
  | { readonly kind: "rate_limited"; readonly status: number; readonly retryAfterMs: number | undefined }
  /** The relay cannot answer now (500, 502, 503, 504, 529). */
  | { readonly kind: "overloaded"; readonly status: number; readonly retryAfterMs: number | undefined }
  /** Refused, unreachable, or reset before the first byte of an answer. */
  | { readonly kind: "connection_failed"; readonly code: string }
  /** No headers in time. */
  | { readonly kind: "headers_limit"; readonly limitMs: number }
  /** Headers, but no content in time. */
  | { readonly kind: "first_token_limit"; readonly limitMs: number }
  /** The stream fell silent after its first content. */
  | { readonly kind: "idle_limit"; readonly limitMs: number }
  /** The whole attempt took too long. */
  | { readonly kind: "attempt_limit"; readonly limitMs: number }
  /** The answer is not what the protocol says. `detail` is our own word, never the relay's text. */
  | { readonly kind: "malformed_answer"; readonly status: number; readonly detail: string }
  /** The stream, or a unary body, ended before the answer did. */
  | { readonly kind: "stream_truncated"; readonly deltas: number };

/** A limit of a tenant's, as errors name it. */
export type TenantLimitName =
  | "requests_per_minute"
  | "tokens_per_minute"
  | "concurrent_calls"
  | "nano_usd_per_day"
  | "nano_usd_per_month";

/** A limit of a tenant's that a call would go beyond, with its figures, in the unit of its name. */
export interface TenantLimitReached {
  readonly limit: TenantLimitName;
  readonly maximum: bigint;
  /** By other calls, running ones included. */
  readonly used: bigint;
  /** By this call, at most. */
  readonly asked: bigint;
  readonly retryAfterMs: number;
  /** Whether it is spent: no call that ends gives anything of it back. */
  readonly isSpent: boolean;
}

/** How a call failed for a reason of its own, not a relay's. */
export type CallerFailure =
  /** The call shows no credential that counts. */
  | { readonly kind: "unauthenticated" }
  /** The caller went away. */
  | { readonly kind: "canceled" }
  /** The call's deadline is over. */
  | { readonly kind: "deadline_exceeded" }
  /** The process stops, and the time that calls had to finish is over. */
  | { readonly kind: "shutting_down" }
  /** The process has more calls than it can bear. */
  | { readonly kind: "too_many_calls"; readonly retryAfterMs: number }
  /** `ChatRequest.model`, `fallbacks` or `allowed_models` name a model that the catalogue does not have. */
  | { readonly kind: "unknown_model"; readonly model: string; readonly field: string }
  /** No deployment may answer: all are left out by the caller's own options. */
  | { readonly kind: "no_candidate"; readonly excluded: readonly string[] }
  /**
   * The tenant may not use what the call names, in the field, or nothing of what could answer it; with the reasons.
   */
  | {
      readonly kind: "not_allowed";
      readonly field: "model" | "routing.tier" | undefined;
      readonly reasons: readonly string[];
    }
  /** A limit of the tenant's is reached. */
  | ({ readonly kind: "tenant_limit" } & TenantLimitReached)
  /** Every deployment's circuit breaker is open. */
  | { readonly kind: "circuit_open"; readonly retryAfterMs: number };

/** How a call failed. */
export type CallFailure = UpstreamFailure | CallerFailure;

/** A failed attempt on its way up. `cause` keeps what the relay said; it is never shown. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure, options?: ErrorOptions) {
    super(failure.kind, options);
    this.failure = failure;
  }
}

/** Why a call ends from outside, whatever its attempts were doing. */
export type CallEndKind = "canceled" | "deadline_exceeded" | "shutting_down";

/** The reason of an aborted call signal. */
export class CallEnded extends Error {
  override readonly name = "CallEnded";
  readonly failure: Extract<CallerFailure, { kind: CallEndKind }>;

  constructor(failure: CallEnded["failure"]) {
    super(failure.kind);
    this.failure = failure;
  }
}
