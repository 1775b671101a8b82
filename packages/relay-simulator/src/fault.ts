/** Members of an OpenAI error object. Each has a default that goes with the fault. */
export interface ErrorFields {
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly code?: string | undefined;
}

/** An answer with an HTTP status, before any content. */
export interface StatusFault extends ErrorFields {
  readonly kind: "status";
  /** From 200 to 599. */
  readonly status: number;
  /** `Retry-After` in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** `Retry-After` as an HTTP date, so many seconds after the answer. */
  readonly retryAfterDateSeconds?: number | undefined;
  /** `Retry-After` word for word, valid or not. */
  readonly retryAfterText?: string | undefined;
  /** What the body is: an OpenAI error object (the default), a gateway's page, or nothing. */
  readonly body?: "json" | "html" | "empty" | undefined;
}

/**
 * How an answer goes wrong. Every kind has a text form, see `parseFault`. Tokens are the pieces of an answer that are
 * streamed as one event each; an answer is made long enough for `afterTokens` unless the request limits it.
 */
export type Fault =
  | StatusFault
  /** The port refuses connections: for good, or for `forMs`. Chosen by one request, it is the same as `reset`. */
  | { readonly kind: "refused"; readonly forMs?: number | undefined }
  /** The connection is reset (TCP RST) before the headers. */
  | { readonly kind: "reset" }
  /** The connection ends inside the answer: after so many tokens (default 3), or half of a unary body. */
  | { readonly kind: "cut"; readonly afterTokens?: number | undefined }
  /** The request is taken and never answered. */
  | { readonly kind: "silent" }
  /**
   * Stream: headers, role and keep-alive comments at once, the first token after `delayMs` (default 20,000), a comment
   * every `keepAliveMs` (default 1,000). Unary: nothing at all before `delayMs`.
   */
  | {
      readonly kind: "slow-first-token";
      readonly delayMs?: number | undefined;
      readonly keepAliveMs?: number | undefined;
    }
  /** Silence after so many tokens (default 3), or after half of a unary body. The connection stays open. */
  | { readonly kind: "stall"; readonly afterTokens?: number | undefined }
  /** 200 with invalid JSON; in a stream every event is invalid. */
  | { readonly kind: "malformed-json" }
  /** Streams only: one invalid event more, after so many tokens (default: half of them). */
  | { readonly kind: "malformed-event"; readonly afterTokens?: number | undefined }
  /** Streams only: all of the answer and a proper end, but no `[DONE]`. */
  | { readonly kind: "no-done" }
  /** A proper end with no finish reason anywhere; null in a unary answer. */
  | { readonly kind: "no-finish-reason" }
  /** One event, or one unary body, of so many bytes and a little more (default 32 MiB). Valid JSON. */
  | { readonly kind: "huge-line"; readonly bytes?: number | undefined }
  /** 200 with an error object as JSON, stream or not. */
  | ({ readonly kind: "error-body" } & ErrorFields)
  /** An error object as an event after so many tokens (default 0), then the end. Unary: the same as `error-body`. */
  | ({ readonly kind: "error-event"; readonly afterTokens?: number | undefined } & ErrorFields)
  /** 200 with a web page. */
  | { readonly kind: "wrong-content-type" }
  /** A request whose last message is the assistant's is refused with 400; any other is answered. */
  | { readonly kind: "reject-prefill" }
  /** Usage is never sent. */
  | { readonly kind: "no-usage" }
  /** All of the answer with its usage, then neither `[DONE]` nor an end. */
  | { readonly kind: "hang-after-finish" };

/** 400 as OpenAI sends it where prompt and answer do not fit the model's window. */
export function contextLengthExceeded(): StatusFault {
  return {
    kind: "status",
    status: 400,
    message: "This model's maximum context length is exceeded. Please reduce the length of the messages.",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  };
}

/** 400 as a provider sends it that does not go on with an answer that somebody else began. */
export function prefillRejected(): StatusFault {
  return {
    kind: "status",
    status: 400,
    message: "This model does not support assistant message prefill. The conversation must end with a user message.",
    type: "invalid_request_error",
    param: "messages",
  };
}

/** 400 as OpenAI sends it where its content policy refuses the request. */
export function contentPolicyViolation(): StatusFault {
  return {
    kind: "status",
    status: 400,
    message: "Your request was rejected as a result of our safety system.",
    type: "invalid_request_error",
    code: "content_policy_violation",
  };
}
