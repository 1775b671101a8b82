import type { UpstreamFailure } from "@meridian/core";
import { expect, test } from "vitest";
import { nextStep, nextTransport, type Step } from "./next-step.js";

const policy = {
  maxAttempts: 6,
  rateLimitedTries: 3,
  overloadedTries: 2,
  backoff: { baseMs: 1_000, maxMs: 30_000 },
  budget: { ratio: 0.2, floor: 10, windowMs: 10_000 },
  deadlineShare: 0.6,
};
const stop: Step = { step: "stop" };
const next: Step = { step: "next", largerWindow: false };
const otherCredential: Step = { step: "other-credential" };
const after = (delayMs: number): Step => ({ step: "retry", delayMs });

const limited = (retryAfterMs?: number): UpstreamFailure => ({ kind: "rate_limited", status: 429, retryAfterMs });
const busy = (retryAfterMs?: number): UpstreamFailure => ({ kind: "overloaded", status: 503, retryAfterMs });
const refused: UpstreamFailure = { kind: "connection_failed", code: "ECONNREFUSED" };
const message = "said the relay";
const plenty = 60_000;

// The chance is one half: the first wait is 500 ms, the second 1,000 ms.
const rows: readonly [string, UpstreamFailure, number, number, Step][] = [
  ["invalid request: stop", { kind: "invalid_request", status: 400, message }, 1, plenty, stop],
  ["content policy: stop", { kind: "content_policy", status: 400, message }, 1, plenty, stop],
  [
    "context too long: a larger window",
    { kind: "context_too_long", status: 400, message },
    1,
    plenty,
    { step: "next", largerWindow: true },
  ],
  ["key rejected: another key", { kind: "credential_rejected", status: 401 }, 1, plenty, otherCredential],
  ["key rejected at any try: another key", { kind: "credential_rejected", status: 403 }, 5, plenty, otherCredential],
  ["model missing: next", { kind: "model_missing", status: 404 }, 1, plenty, next],
  ["credit exhausted: next", { kind: "credit_exhausted", status: 402 }, 1, plenty, next],
  ["rate limited, first try: wait", limited(), 1, plenty, after(500)],
  ["rate limited, second try: wait longer", limited(), 2, plenty, after(1_000)],
  ["rate limited, third try: next", limited(), 3, plenty, next],
  ["rate limited, Retry-After: exactly that", limited(7_000), 1, plenty, after(7_000)],
  ["rate limited, Retry-After of nothing: the backoff", limited(0), 1, plenty, after(500)],
  ["rate limited, Retry-After at the cap: wait", limited(30_000), 1, plenty, after(30_000)],
  ["rate limited, Retry-After above the cap: next", limited(30_001), 1, plenty, next],
  ["rate limited, Retry-After within the deadline: wait", limited(4_999), 1, 5_000, after(4_999)],
  ["rate limited, Retry-After as long as the deadline: next", limited(5_000), 1, 5_000, next],
  ["rate limited, Retry-After after the last try: next", limited(1), 3, plenty, next],
  ["rate limited, backoff beyond the deadline: next", limited(), 1, 500, next],
  ["overloaded, first try: wait", busy(), 1, plenty, after(500)],
  ["overloaded, second try: next", busy(), 2, plenty, next],
  ["overloaded, Retry-After: exactly that", busy(2_000), 1, plenty, after(2_000)],
  ["overloaded, Retry-After above the cap: next", busy(60_000), 1, plenty, next],
  ["overloaded, deadline over: next", busy(), 1, 0, next],
  ["connection failed, first try: wait", refused, 1, plenty, after(500)],
  ["connection failed, second try: next", refused, 2, plenty, next],
  ["headers limit: next", { kind: "headers_limit", limitMs: 1 }, 1, plenty, next],
  ["first-token limit: next", { kind: "first_token_limit", limitMs: 1 }, 1, plenty, next],
  ["idle limit: next", { kind: "idle_limit", limitMs: 1 }, 1, plenty, next],
  ["attempt limit: next", { kind: "attempt_limit", limitMs: 1 }, 1, plenty, next],
  ["malformed answer: next", { kind: "malformed_answer", status: 200, detail: "no JSON" }, 1, plenty, next],
  ["stream cut short: next", { kind: "stream_truncated", deltas: 3 }, 1, plenty, next],
];

test.each(rows)("%s", (_name, failure, triesOnCandidate, remainingMs, expected) => {
  expect(nextStep(failure, { triesOnCandidate, remainingMs, isFallback: false, policy, random: () => 0.5 })).toEqual(
    expected,
  );
});

test.each(rows)("the same of a fallback, but for a request that only it refuses: %s", (...row) => {
  const [, failure, triesOnCandidate, remainingMs, expected] = row;
  expect(nextStep(failure, { triesOnCandidate, remainingMs, isFallback: true, policy, random: () => 0.5 })).toEqual(
    failure.kind === "invalid_request" ? next : expected,
  );
});

test("every kind of failure has a row", () => {
  const kinds: Readonly<Record<UpstreamFailure["kind"], true>> = {
    invalid_request: true,
    content_policy: true,
    context_too_long: true,
    credential_rejected: true,
    credit_exhausted: true,
    model_missing: true,
    rate_limited: true,
    overloaded: true,
    connection_failed: true,
    headers_limit: true,
    first_token_limit: true,
    idle_limit: true,
    attempt_limit: true,
    malformed_answer: true,
    stream_truncated: true,
  };
  expect(new Set(rows.map(([, { kind }]) => kind))).toEqual(new Set(Object.keys(kinds)));
});

test("only a first token that does not come ends streaming", () => {
  for (const [, failure] of rows)
    expect(nextTransport(failure, "stream")).toBe(failure.kind === "first_token_limit" ? "unary" : "stream");
  for (const [, failure] of rows) expect(nextTransport(failure, "unary")).toBe("unary");
});
