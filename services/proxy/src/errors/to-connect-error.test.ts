import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallFailure } from "@meridian/core";
import { ErrorDetailSchema, RouteReportSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { describeFailure } from "./describe-failure.js";
import {
  internalError,
  invalidRequestError,
  refusedError,
  requestTooLargeError,
  toConnectError,
} from "./to-connect-error.js";

interface Row {
  readonly failure: CallFailure;
  readonly code: Code;
  readonly words: RegExp;
}

// One row for each kind: a new one does not compile until it has its own.
const rows = {
  invalid_request: {
    failure: { kind: "invalid_request", status: 400, message: "bad n" },
    code: Code.InvalidArgument,
    words: /refused the request: bad n$/,
  },
  content_policy: {
    failure: { kind: "content_policy", status: 400, message: "" },
    code: Code.InvalidArgument,
    words: /content policy refused the request$/,
  },
  context_too_long: {
    failure: { kind: "context_too_long", status: 400, message: "8,193 tokens" },
    code: Code.InvalidArgument,
    words: /context window: 8,193 tokens$/,
  },
  credential_rejected: {
    failure: { kind: "credential_rejected", status: 401 },
    code: Code.Unavailable,
    words: /Meridian's own key/,
  },
  credit_exhausted: {
    failure: { kind: "credit_exhausted", status: 402 },
    code: Code.ResourceExhausted,
    words: /no credit/,
  },
  model_missing: {
    failure: { kind: "model_missing", status: 404 },
    code: Code.NotFound,
    words: /does not have the model/,
  },
  rate_limited: {
    failure: { kind: "rate_limited", status: 429, retryAfterMs: 1_500 },
    code: Code.ResourceExhausted,
    words: /rate limit/,
  },
  overloaded: {
    failure: { kind: "overloaded", status: 529, retryAfterMs: undefined },
    code: Code.Unavailable,
    words: /status 529/,
  },
  connection_failed: {
    failure: { kind: "connection_failed", code: "ECONNREFUSED" },
    code: Code.Unavailable,
    words: /ECONNREFUSED/,
  },
  headers_limit: { failure: { kind: "headers_limit", limitMs: 11 }, code: Code.Unavailable, words: /within 11 ms/ },
  first_token_limit: {
    failure: { kind: "first_token_limit", limitMs: 12 },
    code: Code.Unavailable,
    words: /no content within 12 ms/,
  },
  idle_limit: { failure: { kind: "idle_limit", limitMs: 13 }, code: Code.Unavailable, words: /silent for 13 ms/ },
  attempt_limit: {
    failure: { kind: "attempt_limit", limitMs: 14 },
    code: Code.Unavailable,
    words: /did not finish within 14 ms/,
  },
  malformed_answer: {
    failure: { kind: "malformed_answer", status: 200, detail: "no choices" },
    code: Code.Internal,
    words: /malformed: no choices/,
  },
  stream_truncated: { failure: { kind: "stream_truncated", deltas: 3 }, code: Code.Aborted, words: /cut short/ },
  unauthenticated: {
    failure: { kind: "unauthenticated" },
    code: Code.Unauthenticated,
    words: /no valid credential/,
  },
  canceled: { failure: { kind: "canceled" }, code: Code.Canceled, words: /caller went away/ },
  deadline_exceeded: { failure: { kind: "deadline_exceeded" }, code: Code.DeadlineExceeded, words: /deadline/ },
  shutting_down: { failure: { kind: "shutting_down" }, code: Code.Unavailable, words: /stopping/ },
  too_many_calls: {
    failure: { kind: "too_many_calls", retryAfterMs: 1_500 },
    code: Code.Unavailable,
    words: /retry delay/,
  },
  unknown_model: {
    failure: { kind: "unknown_model", model: "gpt-9", field: "model" },
    code: Code.NotFound,
    words: /^model: "gpt-9"/,
  },
  no_candidate: {
    failure: { kind: "no_candidate", excluded: ["a: too dear", "b: not allowed"] },
    code: Code.FailedPrecondition,
    words: /a: too dear; b: not allowed/,
  },
  not_allowed: {
    failure: { kind: "not_allowed", field: "model", reasons: ['the tenant may not use "gpt-4.1"'] },
    code: Code.PermissionDenied,
    words: /may not use "gpt-4.1"/,
  },
  tenant_limit: {
    failure: {
      kind: "tenant_limit",
      limit: "nano_usd_per_day",
      maximum: 1_000_000n,
      used: 999_000n,
      asked: 2_000n,
      retryAfterMs: 1_000,
      isSpent: false,
    },
    code: Code.ResourceExhausted,
    words: /nano_usd_per_day .* 999000 of 1000000 .* 2000$/,
  },
  circuit_open: {
    failure: { kind: "circuit_open", retryAfterMs: 30_000 },
    code: Code.Unavailable,
    words: /retry delay/,
  },
} as const satisfies Record<CallFailure["kind"], Row>;

function detailsOf(error: ConnectError) {
  return error.details.map((detail) => ("value" in detail ? detail.value : undefined));
}

describe.for(Object.entries<Row>(rows))("%s", ([kind, { failure, code, words }]) => {
  test("has its code, one sentence and one detail with its reason", () => {
    const error = toConnectError(failure, undefined);
    expect(error.code).toBe(code);
    expect(error.rawMessage).toBe(describeFailure(failure));
    expect(error.rawMessage).toMatch(words);
    expect(error.rawMessage).not.toMatch(/undefined|\[object/);
    expect(detailsOf(error)).toMatchObject([{ reason: kind }]);
  });
});

test.for([
  { retryAfterMs: 1_500, seconds: 1n, nanos: 500_000_000, header: "2" },
  { retryAfterMs: 0, seconds: 0n, nanos: 0, header: "0" },
  { retryAfterMs: 0.2, seconds: 0n, nanos: 1_000_000, header: "1" },
])("tells a wait of $retryAfterMs ms", ({ retryAfterMs, seconds, nanos, header }) => {
  const error = toConnectError({ kind: "rate_limited", status: 429, retryAfterMs }, undefined);
  expect(detailsOf(error)).toMatchObject([{ retryDelay: { seconds, nanos } }]);
  expect(error.metadata.get("retry-after")).toBe(header);
});

test("tells no wait where nobody knows one", () => {
  const error = toConnectError({ kind: "rate_limited", status: 429, retryAfterMs: undefined }, undefined);
  expect(detailsOf(error)[0]).not.toHaveProperty("retryDelay");
  expect(error.metadata.has("retry-after")).toBe(false);
});

test("carries the route, the relay's words and the field of an unknown model", () => {
  const route = create(RouteReportSchema, { requestId: "r1" });
  expect(detailsOf(toConnectError(rows.invalid_request.failure, route))).toMatchObject([
    { relayMessage: "bad n", route: { requestId: "r1" } },
  ]);
  expect(detailsOf(toConnectError(rows.unknown_model.failure, undefined))).toMatchObject([
    { violations: [{ field: "model", rule: "catalogue.model" }] },
  ]);
});

test("keeps what happened in the cause, for the log alone", () => {
  const cause = new Error("sk-secret");
  for (const error of [toConnectError(rows.overloaded.failure, undefined, cause), internalError(cause)]) {
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain("sk-secret");
  }
  expect(internalError(cause)).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
});

test("a broken rule names every field", () => {
  const violations = [
    { field: "n", description: "is too large", rule: "int32.lte" },
    { field: "user", description: "is too long", rule: "string.max_bytes" },
  ];
  const error = invalidRequestError(violations);
  expect(error).toMatchObject({ code: Code.InvalidArgument, rawMessage: "n: is too large; user: is too long" });
  expect(detailsOf(error)).toMatchObject([{ reason: "invalid_request", violations }]);
});

test("a refusal of the protocol's keeps its code, its words and its headers", () => {
  const error = refusedError(
    new ConnectError("unknown compression", Code.Unimplemented, { "accept-encoding": "gzip" }),
    "invalid_request",
  );
  expect(error).toMatchObject({ code: Code.Unimplemented, rawMessage: "unknown compression" });
  expect(error.metadata.get("accept-encoding")).toBe("gzip");
  expect(error.details).toMatchObject([
    { desc: ErrorDetailSchema, value: { reason: "invalid_request", violations: [] } },
  ]);
});

test("a request that is too large is told the limit", () => {
  expect(requestTooLargeError(10)).toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: expect.stringMatching(/10 bytes/),
  });
});
