import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallFailure } from "@meridian/core";
import {
  ErrorDetailSchema,
  type FieldViolation,
  FieldViolationSchema,
  type LimitReached,
  LimitReachedSchema,
  type RouteReport,
} from "@meridian/inference-proto";
import { codeOf } from "./code-of.js";
import { describeFailure } from "./describe-failure.js";

/** A field that breaks a rule: its path, the rule in words, and the rule's id. */
export type Violation = Omit<FieldViolation, "$typeName" | "$unknown">;

/** The error that a failed call ends with: code, one sentence, and one `ErrorDetail`. */
export function toConnectError(failure: CallFailure, route: RouteReport | undefined, cause?: unknown): ConnectError {
  const error = errorWithDetail(codeOf[failure.kind], describeFailure(failure), cause, {
    reason: failure.kind,
    retryDelayMs: retryDelayMsOf(failure),
    relayMessage: "message" in failure ? failure.message : "",
    violations: violationsOf(failure),
    route,
    limit: limitOf(failure),
  });
  // RFC 9110, section 11.6.1; RFC 6750, section 3.
  if (failure.kind === "unauthenticated") error.metadata.set("www-authenticate", "Bearer");
  return error;
}

/** The error for a request that breaks a rule of the contract. */
export function invalidRequestError(violations: readonly Violation[]): ConnectError {
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  return errorWithDetail(Code.InvalidArgument, message, undefined, {
    reason: "invalid_request",
    violations: violations.map((violation) => create(FieldViolationSchema, violation)),
  });
}

/**
 * The error for a call that the protocol's own layer refused, before or while its request was decoded. `code` is the
 * protocol's: an unknown compression is `unimplemented` in all three.
 */
export function refusedError(
  { rawMessage, code, cause, metadata }: ConnectError,
  reason: string,
  violations: readonly Violation[] = [],
): ConnectError {
  const error = errorWithDetail(code, rawMessage, cause, {
    reason,
    violations: violations.map((violation) => create(FieldViolationSchema, violation)),
  });
  for (const [name, value] of metadata) error.metadata.set(name, value);
  return error;
}

/** The error for a request above the limit of size. */
export function requestTooLargeError(maxBytes: number): ConnectError {
  const message = `the request is larger than the limit of ${maxBytes} bytes (server.maxMessageBytes)`;
  return errorWithDetail(Code.ResourceExhausted, message, undefined, { reason: "request_too_large" });
}

/** The error for a fault of our own. What happened stays in `cause`, for the log. */
export function internalError(cause: unknown): ConnectError {
  return errorWithDetail(Code.Internal, "internal error", cause, { reason: "internal" });
}

interface Detail {
  readonly reason: string;
  readonly retryDelayMs?: number | undefined;
  readonly relayMessage?: string;
  readonly violations?: FieldViolation[];
  readonly route?: RouteReport | undefined;
  readonly limit?: LimitReached | undefined;
}

function errorWithDetail(code: Code, message: string, cause: unknown, detail: Detail): ConnectError {
  const { reason, retryDelayMs, relayMessage = "", violations = [], route, limit } = detail;
  const value = {
    reason,
    violations,
    relayMessage,
    ...(retryDelayMs === undefined ? {} : { retryDelay: durationFromMs(Math.ceil(retryDelayMs)) }),
    ...(route === undefined ? {} : { route }),
    ...(limit === undefined ? {} : { limit }),
  };
  // It may repeat half of a character of a caller's or a relay's, and gRPC has no form for that.
  const error = new ConnectError(message.toWellFormed(), code, undefined, [{ desc: ErrorDetailSchema, value }], cause);
  if (retryDelayMs !== undefined) error.metadata.set("retry-after", String(Math.ceil(retryDelayMs / 1000)));
  return error;
}

function retryDelayMsOf(failure: CallFailure): number | undefined {
  return "retryAfterMs" in failure ? failure.retryAfterMs : undefined;
}

function limitOf(failure: CallFailure): LimitReached | undefined {
  if (failure.kind !== "tenant_limit") return undefined;
  const { limit: name, maximum, used, asked, isSpent: spent } = failure;
  return create(LimitReachedSchema, { name, maximum, used, asked, spent });
}

function violationsOf(failure: CallFailure): FieldViolation[] {
  if (failure.kind === "unknown_model") return [unknownModelViolation(failure)];
  if (failure.kind !== "not_allowed" || failure.field === undefined) return [];
  const description = failure.reasons.join("; ");
  return [create(FieldViolationSchema, { field: failure.field, description, rule: "tenant.rights" })];
}

function unknownModelViolation({ field, model }: Extract<CallFailure, { kind: "unknown_model" }>): FieldViolation {
  return create(FieldViolationSchema, {
    field,
    description: `"${model}" is not a model of the catalogue`,
    rule: "catalogue.model",
  });
}
