import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallFailure } from "@meridian/core";
import { RouteReportSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { openAiErrorFrom } from "./openai-error.js";
import { internalError, invalidRequestError, requestTooLargeError, toConnectError } from "./to-connect-error.js";

const relayWords = { status: 400, message: "too long" };

/** One failure of each kind. */
const failures: { readonly [K in CallFailure["kind"]]: Extract<CallFailure, { kind: K }> } = {
  invalid_request: { kind: "invalid_request", ...relayWords },
  content_policy: { kind: "content_policy", ...relayWords },
  context_too_long: { kind: "context_too_long", ...relayWords },
  credential_rejected: { kind: "credential_rejected", status: 401 },
  credit_exhausted: { kind: "credit_exhausted", status: 402 },
  model_missing: { kind: "model_missing", status: 404 },
  rate_limited: { kind: "rate_limited", status: 429, retryAfterMs: 1_500 },
  overloaded: { kind: "overloaded", status: 503, retryAfterMs: undefined },
  connection_failed: { kind: "connection_failed", code: "ECONNREFUSED" },
  headers_limit: { kind: "headers_limit", limitMs: 1 },
  first_token_limit: { kind: "first_token_limit", limitMs: 1 },
  idle_limit: { kind: "idle_limit", limitMs: 1 },
  attempt_limit: { kind: "attempt_limit", limitMs: 1 },
  malformed_answer: { kind: "malformed_answer", status: 200, detail: "no JSON" },
  stream_truncated: { kind: "stream_truncated", deltas: 1 },
  unauthenticated: { kind: "unauthenticated" },
  canceled: { kind: "canceled" },
  deadline_exceeded: { kind: "deadline_exceeded" },
  shutting_down: { kind: "shutting_down" },
  too_many_calls: { kind: "too_many_calls", retryAfterMs: 2_000 },
  unknown_model: { kind: "unknown_model", model: "x", field: "routing.fallbacks[0]" },
  no_candidate: { kind: "no_candidate", excluded: [] },
  not_allowed: { kind: "not_allowed", field: "model", reasons: [] },
  tenant_limit: {
    kind: "tenant_limit",
    limit: "requests_per_minute",
    maximum: 50n,
    used: 50n,
    asked: 1n,
    retryAfterMs: 9_000,
    isSpent: false,
  },
  circuit_open: { kind: "circuit_open", retryAfterMs: 5 },
};

const shown = (error: ConnectError) => {
  const { status, headers, body } = openAiErrorFrom(error);
  const { type, code } = { type: "", code: null, ...body.error };
  return `${status} ${type} ${code} ${Object.fromEntries(headers)["x-should-retry"] === "true" ? "yes" : "no"}`;
};

/** The rows of the table for people. */
function documentedRows(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL("../../../../docs/openai.md", import.meta.url), "utf8");
  const rows = text.matchAll(/^\| `(\w+)` \| (\d+) \| `(\w+)` \| `(\w+)` \| (yes|no) \|/gm);
  return new Map(Array.from(rows, ([, reason = "", ...cells]) => [reason, cells.join(" ")]));
}

describe("each failure is what the documentation says", () => {
  const rows = documentedRows();
  test.each(Object.values(failures))("$kind", (failure) => {
    expect(shown(toConnectError(failure, undefined))).toBe(rows.get(failure.kind));
  });

  test.each([
    ["request_too_large", requestTooLargeError(5)],
    ["internal", internalError(new Error("bug"))],
  ])("%s", (reason, error) => {
    expect(shown(error)).toBe(rows.get(reason));
  });
});

test.each([
  [Code.Unauthenticated, "401 invalid_request_error invalid_api_key no"],
  [Code.PermissionDenied, "403 invalid_request_error null no"],
  [Code.DataLoss, "500 server_error null no"],
])("an error without a reason goes by its code %i", (code, expected) => {
  expect(shown(new ConnectError("no", code))).toBe(expected);
});

test("a delay is told in milliseconds, beside the seconds of the error's own header", () => {
  const error = toConnectError(failures.rate_limited, undefined);
  expect(openAiErrorFrom(error).headers).toContainEqual(["retry-after-ms", "1500"]);
  expect(error.metadata.get("retry-after")).toBe("2");
});

test.each([
  ["the first field at fault", invalidRequestError([{ field: "n", description: "d", rule: "r" }]), "n"],
  ["a routing option", toConnectError(failures.unknown_model, undefined), "meridian.fallbacks[0]"],
  ["none", toConnectError(failures.overloaded, undefined), null],
])("param is %s", (_name, error, param) => {
  expect(openAiErrorFrom(error).body.error).toMatchObject({ param, message: error.rawMessage });
});

test("the route is there only where it is wanted", () => {
  const error = toConnectError(failures.overloaded, create(RouteReportSchema, { requestId: "r1" }));
  expect(openAiErrorFrom(error).body.error).not.toHaveProperty("meridian");
  expect(openAiErrorFrom(error, true).body.error).toMatchObject({ meridian: { request_id: "r1" } });
});
