import type { UpstreamFailure } from "@meridian/core";
import { expect, test } from "vitest";
import { CallError } from "./call-error.js";
import { executeCall } from "./execute-call.js";
import { answerOf, overloaded, rateLimited, rejected, reported, tooLong } from "./testing/answers.js";
import {
  candidateOf,
  credentialOf,
  defaultPolicy,
  inShort,
  type Scenario,
  type ScenarioOptions,
  settled,
} from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

/** Runs one call to its end: what it gave or threw, when, and what the relay saw. */
async function run(options: ScenarioOptions, during?: (scenario: Scenario) => void) {
  const scenario = create(options);
  during?.(scenario);
  const promise = executeCall(scenario.job, scenario.dependencies);
  const { value, error, atMs } = await settled(scenario.clock, promise);
  const failed = error instanceof CallError ? error : undefined;
  if (error !== undefined && failed === undefined) throw error;
  const attempts = value?.attempts ?? failed?.attempts ?? [];
  const askedAtMs = scenario.relay.received.map(({ atMs: askedMs }) => askedMs);
  return { ...scenario, value, failure: failed?.failure, attempts, tried: inShort(attempts), atMs, askedAtMs };
}

const ok = { answer: answerOf("fine", reported(6, 4)) };
const a = candidateOf("a");
const b = candidateOf("b");

test("the first candidate answers: one attempt, with what the caller and the plan set", async () => {
  const { value, tried, relay } = await run({ scripts: [{ ...ok, afterMs: 25 }] });
  expect(value?.answer).toBe(ok.answer);
  expect(value?.deployment.endpoint.name).toBe("a");
  expect(tried).toEqual(["a/key unary ok"]);
  expect(value?.attempts).toMatchObject([{ status: 200, startMs: 0, durationMs: 25, costProvenance: "reported" }]);
  expect(relay.received[0]?.request).toMatchObject({
    body: { messages: [{ role: "user", content: "prompt" }] },
    temperature: 0.3,
    maxTokens: 256,
    country: "ID",
    clientAddress: "192.0.2.1",
    requestId: "request-1",
  });
});

test("reported usage is billed as reported, a missing one is counted and marked", async () => {
  const told = await run({ scripts: [ok] });
  expect(told.value?.usage).toEqual(reported(6, 4));
  expect(told.attempts[0]?.costNanoUsd).toBe(6n * 1_000n + 4n * 2_000n);
  const counted = await run({ scripts: [{ answer: answerOf("hello") }] });
  expect(counted.value?.usage).toEqual({ ...reported(6, 5), provenance: "estimated" });
  expect(counted.attempts[0]).toMatchObject({ costNanoUsd: 16_000n, costProvenance: "estimated" });
});

const retries: readonly [string, ScenarioOptions, readonly string[], readonly number[]][] = [
  [
    "overloaded: one retry after a jittered wait, then the next candidate at once",
    { scripts: [{ failure: overloaded }, { failure: overloaded }, ok] },
    ["a/key unary overloaded", "a/key unary overloaded", "b/key unary ok"],
    [0, 500, 500],
  ],
  [
    "rate limited: three tries with doubled waits, then the next candidate",
    { scripts: [{ failure: rateLimited() }, { failure: rateLimited() }, { failure: rateLimited() }, ok] },
    ["a/key unary rate_limited", "a/key unary rate_limited", "a/key unary rate_limited", "b/key unary ok"],
    [0, 500, 1_500, 1_500],
  ],
  [
    "Retry-After is waited for exactly",
    { scripts: [{ failure: rateLimited(7_250) }, ok] },
    ["a/key unary rate_limited", "a/key unary ok"],
    [0, 7_250],
  ],
  [
    "a Retry-After that is too long moves on at once",
    { scripts: [{ failure: rateLimited(31_000) }, ok] },
    ["a/key unary rate_limited", "b/key unary ok"],
    [0, 0],
  ],
  [
    "a Retry-After that the deadline does not allow moves on at once",
    { scripts: [{ failure: rateLimited(5_000) }, ok], budgetMs: 5_000 },
    ["a/key unary rate_limited", "b/key unary ok"],
    [0, 0],
  ],
  [
    "a fault that no retry mends moves on at once",
    { scripts: [{ failure: { kind: "model_missing", status: 404 } }, ok] },
    ["a/key unary model_missing", "b/key unary ok"],
    [0, 0],
  ],
  [
    "a silent deployment is cut at the limit and not asked twice",
    { scripts: [{ afterMs: 1_000_000 }, ok] },
    ["a/key unary attempt_limit", "b/key unary ok"],
    [0, 60_000],
  ],
  [
    "the count of tries starts again on each candidate",
    { scripts: [{ failure: overloaded }, { failure: overloaded }, { failure: overloaded }, ok] },
    ["a/key unary overloaded", "a/key unary overloaded", "b/key unary overloaded", "b/key unary ok"],
    [0, 500, 500, 1_000],
  ],
  [
    "a breaker that the failure has opened is not waited for: the next candidate at once",
    {
      scripts: [{ failure: overloaded }, ok],
      policy: { ...defaultPolicy, breaker: { ...defaultPolicy.breaker, consecutiveFailures: 1 } },
    },
    ["a/key unary overloaded", "b/key unary ok"],
    [0, 0],
  ],
];

test.each(retries)("%s", async (_name, options, expected, times) => {
  const { tried, askedAtMs } = await run(options);
  expect(tried).toEqual(expected);
  expect(askedAtMs).toEqual(times);
});

const twoKeys = [credentialOf("new"), credentialOf("old")];
const rotating = candidateOf("a", { credentials: twoKeys });

const rotations: readonly [string, ScenarioOptions, readonly string[]][] = [
  [
    "a rejected key: the other one at once",
    { candidates: [rotating, b], scripts: [{ failure: rejected }, ok] },
    ["a/new unary credential_rejected", "a/old unary ok"],
  ],
  [
    "every key rejected: the next candidate",
    { candidates: [rotating, b], scripts: [{ failure: rejected }, { failure: rejected }, ok] },
    ["a/new unary credential_rejected", "a/old unary credential_rejected", "b/key unary ok"],
  ],
  [
    "every key rejected: the next candidate, whatever the breaker says",
    {
      candidates: [rotating, b],
      scripts: [{ failure: rejected }, { failure: rejected }, ok],
      policy: { ...defaultPolicy, breaker: { ...defaultPolicy.breaker, accountOpenMs: 0 } },
    },
    ["a/new unary credential_rejected", "a/old unary credential_rejected", "b/key unary ok"],
  ],
  [
    "a rejected key is not used again in the call, not at another endpoint either",
    {
      candidates: [rotating, candidateOf("c", { credentials: twoKeys })],
      scripts: [{ failure: rejected }, { failure: { kind: "model_missing", status: 404 } }, ok],
    },
    ["a/new unary credential_rejected", "a/old unary model_missing", "c/old unary ok"],
  ],
  [
    "a retry after the rotation keeps the good key",
    { candidates: [rotating], scripts: [{ failure: rejected }, { failure: rateLimited() }, ok] },
    ["a/new unary credential_rejected", "a/old unary rate_limited", "a/old unary ok"],
  ],
  [
    "where nothing but rejected keys is left, another endpoint may still take them",
    {
      candidates: [a, candidateOf("c", { credentials: a.credentials })],
      scripts: [{ failure: rejected }, ok],
    },
    ["a/key unary credential_rejected", "c/key unary ok"],
  ],
];

test.each(rotations)("%s", async (_name, options, expected) => {
  const { tried, atMs, value } = await run(options);
  expect(tried).toEqual(expected);
  expect(value?.answer).toBe(ok.answer);
  expect(atMs).toBeLessThanOrEqual(1_000);
});

const sized = (name: string, contextWindowTokens: number) => candidateOf(name, { contextWindowTokens });

test("context too long: only candidates with a larger window are asked, to the end of the call", async () => {
  const { tried, failure } = await run({
    candidates: [sized("a", 100), sized("same", 100), sized("large", 300), sized("less", 200), sized("small", 50)],
    scripts: [{ failure: tooLong }, { failure: tooLong }],
  });
  expect(tried).toEqual(["a/key unary context_too_long", "large/key unary context_too_long"]);
  expect(failure).toEqual(tooLong);
});

test("context too long: another fault of the larger one does not lead back to a window that is too small", async () => {
  const { tried } = await run({
    candidates: [sized("a", 100), sized("large", 300), sized("small", 50), sized("larger", 200)],
    scripts: [{ failure: tooLong }, { failure: { kind: "model_missing", status: 404 } }, ok],
  });
  expect(tried).toEqual(["a/key unary context_too_long", "large/key unary model_missing", "larger/key unary ok"]);
});

test("context too long: an open breaker on the larger one does not lead to a window that is too small", async () => {
  const { tried, failure } = await run(
    { candidates: [sized("a", 100), sized("large", 300), sized("small", 50)], scripts: [{ failure: tooLong }] },
    ({ otherCall }) => otherCall("large", "credit_exhausted"),
  );
  expect(tried).toEqual(["a/key unary context_too_long"]);
  expect(failure).toEqual(tooLong);
});

test("never more attempts than the policy allows; no wait after the last one", async () => {
  const retry = { ...defaultPolicy.retry, maxAttempts: 2 };
  const { tried, failure, atMs } = await run({
    policy: { ...defaultPolicy, retry },
    scripts: [{ failure: rateLimited(100) }, { failure: rateLimited(9_000) }],
  });
  expect(tried).toHaveLength(2);
  expect(failure).toEqual(rateLimited(100));
  expect(atMs).toBe(100);
});

test.each<UpstreamFailure>([
  { kind: "invalid_request", status: 400, message: "no" },
  { kind: "content_policy", status: 400, message: "no" },
])("$kind stops the call", async (failed) => {
  const { tried, failure } = await run({ scripts: [{ failure: failed }] });
  expect(tried).toEqual([`a/key unary ${failed.kind}`]);
  expect(failure).toEqual(failed);
});

test("only a stream is asked again for a whole answer", async () => {
  const { tried } = await run({ candidates: [a], scripts: [{ failure: { kind: "first_token_limit", limitMs: 1 } }] });
  expect(tried).toEqual(["a/key unary first_token_limit"]);
});

test("every candidate failed: the most telling failure, with every attempt", async () => {
  const refused: UpstreamFailure = { kind: "connection_failed", code: "ECONNREFUSED" };
  const { tried, failure, attempts } = await run({
    scripts: [{ failure: rateLimited(40_000) }, { failure: refused }, { failure: refused }],
  });
  expect(failure).toEqual(rateLimited(40_000));
  expect(tried).toEqual(["a/key unary rate_limited", "b/key unary connection_failed", "b/key unary connection_failed"]);
  expect(attempts.map(({ status, costNanoUsd }) => [status, costNanoUsd])).toEqual([
    [429, 0n],
    [0, 0n],
    [0, 0n],
  ]);
});

test("a fault of our own is thrown as it is, and leaves nothing behind", async () => {
  const error = new TypeError("a bug");
  const scenario = create({ scripts: [{ error }] });
  const outcome = await settled(scenario.clock, executeCall(scenario.job, scenario.dependencies));
  expect(outcome.error).toBe(error);
});

test("no candidate at all: says why each was left out", async () => {
  const { failure } = await run({ candidates: [] });
  expect(failure).toEqual({ kind: "no_candidate", excluded: ["not allowed"] });
});
