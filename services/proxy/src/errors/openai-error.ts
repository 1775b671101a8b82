import { toJson } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { type ErrorDetail, ErrorDetailSchema, RouteReportSchema } from "@meridian/inference-proto";

/** An error as OpenAI's API has it. */
export interface OpenAiError {
  /** The HTTP status. */
  readonly status: number;
  /** What tells SDKs whether to try again, and when. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: { readonly error: object };
}

/** What OpenAI's API calls a failure. */
interface OpenAiKind {
  readonly status: number;
  readonly type: string;
  /** Null: the type says it all. Undefined: the reason's own word, see docs/errors.md. */
  readonly code?: string | null;
  /** Whether the same request may succeed in a while. */
  readonly isTransient?: boolean;
}

const invalidRequest = { status: 400, type: "invalid_request_error", code: null };
const modelNotFound = { status: 404, type: "invalid_request_error", code: "model_not_found" };
const unavailable = { status: 503, type: "server_error", isTransient: true };
const badAnswer = { status: 502, type: "server_error", isTransient: true };

/** By reason. The same table, for people, is docs/openai.md. */
const kindOfReason: Readonly<Record<string, OpenAiKind>> = {
  unauthenticated: { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  invalid_request: invalidRequest,
  content_policy: { ...invalidRequest, code: "content_policy_violation" },
  context_too_long: { ...invalidRequest, code: "context_length_exceeded" },
  no_candidate: { ...invalidRequest, code: "no_candidate" },
  not_allowed: { status: 403, type: "invalid_request_error" },
  unknown_model: modelNotFound,
  model_missing: modelNotFound,
  unknown_url: { status: 404, type: "invalid_request_error" },
  method_not_allowed: { status: 405, type: "invalid_request_error" },
  unsupported_media_type: { status: 415, type: "invalid_request_error" },
  request_too_large: { status: 413, type: "invalid_request_error" },
  rate_limited: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded", isTransient: true },
  tenant_limit: { status: 429, type: "rate_limit_error", isTransient: true },
  // Meridian's own account: no waiting of the caller's fills it.
  credit_exhausted: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
  credential_rejected: { status: 503, type: "server_error" },
  overloaded: unavailable,
  connection_failed: unavailable,
  headers_limit: unavailable,
  first_token_limit: unavailable,
  idle_limit: unavailable,
  attempt_limit: unavailable,
  shutting_down: unavailable,
  too_many_calls: unavailable,
  circuit_open: unavailable,
  malformed_answer: badAnswer,
  stream_truncated: badAnswer,
  deadline_exceeded: { status: 504, type: "server_error" },
  canceled: { status: 499, type: "server_error" },
};

/** The HTTP status of a failure in OpenAI's form, by its code and its reason; 200 for "ok". */
export function openAiStatus(code: string, reason: string | undefined): number {
  return code === "ok"
    ? 200
    : ((kindOfReason[reason ?? ""] ?? kindOfCode[codeFromString(code) ?? Code.Internal])?.status ?? 500);
}

/** A budget that is used up: waiting for a day is nothing that an SDK should do by itself. */
const budgetSpent: OpenAiKind = { status: 429, type: "insufficient_quota", code: "insufficient_quota" };

/** By code, for reasons that the table above does not have. */
const kindOfCode: Readonly<Partial<Record<Code, OpenAiKind>>> = {
  [Code.InvalidArgument]: invalidRequest,
  [Code.Unauthenticated]: { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  [Code.PermissionDenied]: { status: 403, type: "invalid_request_error" },
  [Code.NotFound]: { status: 404, type: "invalid_request_error" },
  [Code.ResourceExhausted]: { status: 429, type: "rate_limit_error", isTransient: true },
  [Code.Unavailable]: unavailable,
};

/**
 * The error of the contract in OpenAI's form. With `withRoute` the report of the route is in it, as `meridian`.
 *
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export function openAiErrorFrom(error: ConnectError, withRoute = false): OpenAiError {
  const [detail] = error.findDetails(ErrorDetailSchema);
  const reason = detail?.reason ?? "";
  const kind = detail?.limit?.spent
    ? budgetSpent
    : (kindOfReason[reason] ?? kindOfCode[error.code] ?? { status: 500, type: "server_error" });
  const { status, type, code = reason || null, isTransient = false } = kind;
  const delay = detail?.retryDelay;
  const route = withRoute && detail?.route !== undefined ? detail.route : undefined;
  return {
    status,
    headers: [
      ["x-should-retry", String(isTransient)],
      ...(delay === undefined ? [] : [["retry-after-ms", String(Math.ceil(durationMs(delay)))] as const]),
    ],
    body: {
      error: {
        message: error.rawMessage,
        type,
        param: paramOf(detail),
        code,
        ...(route === undefined ? {} : { meridian: toJson(RouteReportSchema, route, { useProtoFieldName: true }) }),
      },
    },
  };
}

/** The field at fault, where there is one. The routing options have a name of their own in this form. */
function paramOf(detail: ErrorDetail | undefined): string | null {
  return detail?.violations[0]?.field.replace(/^routing\b/, "meridian") ?? null;
}
