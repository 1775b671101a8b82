import type { Attempt, FieldViolation, RouteReport } from "@meridian/inference-proto";
import type { InferenceErrorCode } from "./inference-error-code.js";
import type { InferenceReason } from "./inference-reason.js";

/** What an `InferenceError` is made of. */
export interface InferenceErrorFields {
  readonly code: InferenceErrorCode;
  readonly reason: InferenceReason;
  readonly retryDelayMs?: number | undefined;
  readonly violations?: readonly FieldViolation[] | undefined;
  readonly route?: RouteReport | undefined;
  readonly relayMessage?: string | undefined;
  readonly headers?: Headers | undefined;
}

/** A call that failed. Every rejection of the client is one. Decide by `reason` or `code`, never by the message. */
export class InferenceError extends Error {
  override readonly name = "InferenceError";
  /** The Connect code, see https://connectrpc.com/docs/protocol#error-codes. */
  readonly code: InferenceErrorCode;
  /** What went wrong, finer than the code. */
  readonly reason: InferenceReason;
  /** How long to wait, in milliseconds, before the same call may succeed. Undefined: not known, or waiting is no help. */
  readonly retryDelayMs: number | undefined;
  /** The fields that broke a rule, for "invalid_request". */
  readonly violations: readonly FieldViolation[];
  /** Every call made to a relay, in order. Empty where none was made, or none is known of. */
  readonly attempts: readonly Attempt[];
  /** What Meridian did. Undefined where no route was planned, or the failure is not Meridian's. */
  readonly route: RouteReport | undefined;
  /** What the relay said of a request that it refused. Empty: nothing. */
  readonly relayMessage: string;
  /** The headers and trailers of the answer, such as `x-request-id`. Empty where none came. */
  readonly headers: Headers;

  /** @param options `cause` is the `ConnectError` where there was one. */
  constructor(message: string, fields: InferenceErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.code = fields.code;
    this.reason = fields.reason;
    this.retryDelayMs = fields.retryDelayMs;
    this.violations = fields.violations ?? [];
    this.attempts = fields.route?.attempts ?? [];
    this.route = fields.route;
    this.relayMessage = fields.relayMessage ?? "";
    this.headers = fields.headers ?? new Headers();
  }
}
