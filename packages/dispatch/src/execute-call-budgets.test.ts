import { createDeadline, type UpstreamFailure } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { CallError } from "./call-error.js";
import { executeCall } from "./execute-call.js";
import { answerOf, overloaded, rateLimited, reported } from "./testing/answers.js";
import {
  candidateOf,
  credentialOf,
  defaultPolicy,
  deploymentAt,
  inShort,
  type Scenario,
  settled,
} from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

/** Carries a call out: what was tried, how it ended, and when. A later call needs a budget of its own. */
async function call(scenario: Scenario, budgetMs?: number, withinMs = 200_000) {
  const { clock, job, dependencies } = scenario;
  const deadline = budgetMs === undefined ? job.deadline : createDeadline(clock, budgetMs);
  const { value, error, atMs } = await settled(clock, executeCall({ ...job, deadline }, dependencies), withinMs);
  deadline.release();
  if (error !== undefined && !(error instanceof CallError)) throw error;
  return {
    tried: inShort(value?.attempts ?? error?.attempts ?? []),
    failure: error?.failure,
    attempts: value?.attempts ?? error?.attempts ?? [],
    atMs,
  };
}

/** The same for a call that ends without the clock being moved. */
const callAtOnce = (scenario: Scenario) => call(scenario, undefined, 0);

const ok = { answer: answerOf("fine", reported(6, 4)) };
const silent = { afterMs: 1_000_000 };
const badRequest: UpstreamFailure = { kind: "invalid_request", status: 400, message: "no prefill here" };

describe("the deadline is split", () => {
  test("a silent attempt leaves room for the next candidate", async () => {
    const { tried, attempts } = await call(create({ scripts: [silent, ok], budgetMs: 10_000 }));
    expect(tried).toEqual(["a/key unary attempt_limit", "b/key unary ok"]);
    expect(attempts[0]?.durationMs).toBe(6_000);
  });

  test("the last candidate gets all that is left", async () => {
    const { tried, attempts, failure } = await call(create({ scripts: [silent, silent], budgetMs: 10_000 }));
    expect(tried).toEqual(["a/key unary attempt_limit", "b/key unary deadline_exceeded"]);
    expect(attempts.map(({ durationMs }) => durationMs)).toEqual([6_000, 4_000]);
    expect(failure).toEqual({ kind: "deadline_exceeded" });
  });

  test("a candidate that may not be asked is no reason to hurry", async () => {
    const scenario = create({ scripts: [silent], budgetMs: 10_000 });
    scenario.otherCall("b", "credit_exhausted");
    expect((await call(scenario)).tried).toEqual(["a/key unary deadline_exceeded"]);
  });

  test("nor is one that the limit of attempts keeps out", async () => {
    const policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, maxAttempts: 1 } };
    const scenario = create({ scripts: [silent], budgetMs: 10_000, policy });
    expect((await call(scenario)).tried).toEqual(["a/key unary deadline_exceeded"]);
  });

  test("a limit of the policy that is shorter stays", async () => {
    const { attempts } = await call(create({ scripts: [silent, ok], budgetMs: 110_000 }));
    expect(attempts[0]?.durationMs).toBe(60_000);
  });

  test.each([
    [5_000, "closed"],
    [10_000, "open"],
  ])("five callers with %i ms leave the breaker %s", async (budgetMs, state) => {
    const scenario = create({ scripts: Array(5).fill([silent, ok]).flat() });
    for (let calls = 0; calls < 5; calls += 1) await call(scenario, budgetMs, budgetMs * 0.6);
    expect(scenario.health.keptOut(deploymentAt("a"))?.reason).toBe(state === "open" ? "circuit_open" : undefined);
  });
});

describe("an attempt that cannot finish in what is left is not started", () => {
  const fastCalls = (scenario: Scenario) => {
    for (const name of ["a", "b"])
      for (let answers = 0; answers < 20; answers += 1)
        scenario.dependencies.fastestAnswers.answered(deploymentAt(name), "unary", name === "a" ? 500 : 300);
  };

  test("the call goes to the candidate that can", async () => {
    const scenario = create({ scripts: [ok], budgetMs: 400 });
    fastCalls(scenario);
    expect((await call(scenario)).tried).toEqual(["b/key unary ok"]);
  });

  test("where none can, its deadline is over at once, and nothing was spent", async () => {
    const scenario = create({ budgetMs: 300 });
    fastCalls(scenario);
    expect(await call(scenario)).toMatchObject({ tried: [], failure: { kind: "deadline_exceeded" }, atMs: 0 });
  });

  test("nor is a retry waited for that has no time left after the wait", async () => {
    const scenario = create({ scripts: [{ failure: rateLimited(700) }, ok], budgetMs: 1_100 });
    fastCalls(scenario);
    expect(await call(scenario)).toMatchObject({ tried: ["a/key unary rate_limited", "b/key unary ok"], atMs: 0 });
  });
});

describe("the retry budget", () => {
  test("lets the floor and a fifth of the calls ask again; the others move on at once", async () => {
    const policy = {
      ...defaultPolicy,
      retry: { ...defaultPolicy.retry, budget: { ratio: 0.2, floor: 2, windowMs: 1_000_000 } },
      breaker: { ...defaultPolicy.breaker, consecutiveFailures: 1_000, minimumCalls: 1_000 },
    };
    const retried = [{ failure: overloaded }, { failure: overloaded }, ok];
    const moved = [{ failure: overloaded }, ok];
    const scenario = create({ policy, scripts: [...retried, ...retried, ...retried, ...moved, ...moved] });
    const tries = [];
    for (let calls = 0; calls < 5; calls += 1) tries.push((await call(scenario, 100_000)).tried.length);
    // 2 + 0.2 x 1, 2 + 0.2 x 2, 2 + 0.2 x 3 allow three; the fourth and fifth call would be the fourth retry of 2.8 and 3.
    expect(tries).toEqual([3, 3, 3, 2, 2]);
  });

  test("another key is no retry", async () => {
    const keys = { credentials: [credentialOf("new"), credentialOf("old")] };
    const policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, budget: { ratio: 0, floor: 0, windowMs: 1 } } };
    const rejected = { failure: { kind: "credential_rejected", status: 401 } } as const;
    const scenario = create({ candidates: [candidateOf("a", keys)], policy, scripts: [rejected, ok] });
    expect((await call(scenario)).tried).toEqual(["a/new unary credential_rejected", "a/old unary ok"]);
  });
});

describe("a rate limit", () => {
  test("with a Retry-After: the call waits for it, others go to the next candidate meanwhile", async () => {
    const scenario = create({ scripts: [{ failure: rateLimited(3_000) }, ok, ok] });
    const { clock, job, dependencies } = scenario;
    const first = executeCall(job, dependencies);
    await clock.advance(0);
    expect((await callAtOnce(scenario)).tried).toEqual(["b/key unary ok"]);
    await clock.advance(3_000);
    expect(inShort((await first).attempts)).toEqual(["a/key unary rate_limited", "a/key unary ok"]);
    expect(scenario.relay.received.map(({ atMs }) => atMs)).toEqual([0, 0, 3_000]);
  });

  test("a call that has nowhere else to go waits for it too, a little longer than it has to", async () => {
    const scenario = create({ candidates: [candidateOf("a")], scripts: [ok] });
    scenario.health.record(deploymentAt("a"), { outcome: "rate_limited", retryAfterMs: 3_000, permittedAtMs: 0 });
    expect(await call(scenario)).toMatchObject({ tried: ["a/key unary ok"], atMs: 3_500 });
  });

  test.each([
    ["longer than the deadline", 3_000, 2_000],
    ["longer than any wait", 31_000, 100_000],
  ])("but not %s: then it is told at once how long", async (_name, retryAfterMs, budgetMs) => {
    const scenario = create({ candidates: [candidateOf("a")], budgetMs });
    scenario.health.record(deploymentAt("a"), { outcome: "rate_limited", retryAfterMs, permittedAtMs: 0 });
    const failure = { kind: "rate_limited", retryAfterMs };
    expect(await call(scenario)).toMatchObject({ tried: [], failure, atMs: 0 });
  });

  test("nor more often than it would after a 429", async () => {
    const scenario = create({ candidates: [candidateOf("a")] });
    const { health, clock } = scenario;
    const again = () => {
      health.record(deploymentAt("a"), { outcome: "rate_limited", retryAfterMs: 1_000, permittedAtMs: clock.now() });
      if (clock.now() < 5_000) cancel = clock.schedule(100, again);
    };
    let cancel = () => {};
    again();
    const { tried, failure } = await call(scenario);
    cancel();
    expect(tried).toEqual([]);
    expect(failure).toMatchObject({ kind: "rate_limited" });
  });

  test("an open breaker is not waited for", async () => {
    const scenario = create({ candidates: [candidateOf("a")] });
    for (let failures = 0; failures < 5; failures += 1) scenario.otherCall("a", "overloaded");
    expect(await call(scenario)).toMatchObject({ failure: { kind: "circuit_open" }, atMs: 0 });
  });
});

describe("a model's own limit", () => {
  test("spills to the next candidate before the relay says no", async () => {
    const limited = candidateOf("a", { model: "limited", requestsPerMinute: 10 });
    const scenario = create({ candidates: [limited, candidateOf("b")], scripts: [ok, ok, ok] });
    expect((await callAtOnce(scenario)).tried).toEqual(["a/key unary ok"]);
    expect((await callAtOnce(scenario)).tried).toEqual(["b/key unary ok"]);
    await scenario.clock.advance(6_000);
    expect((await callAtOnce(scenario)).tried).toEqual(["a/key unary ok"]);
  });

  test("of tokens counts the largest answer that may come, until it is known", async () => {
    // The prompt is 2 tokens by its length, the answer at most 256: together 258 of 300 at once.
    const limited = candidateOf("a", { model: "limited", tokensPerMinute: 3_000 });
    const scenario = create({
      candidates: [limited, candidateOf("b")],
      scripts: [{ ...ok, afterMs: 10 }, ok, ok],
    });
    const { job, dependencies, clock } = scenario;
    const first = executeCall(job, dependencies);
    expect((await callAtOnce(scenario)).tried).toEqual(["b/key unary ok"]);
    await clock.advance(10);
    await first;
    expect((await callAtOnce(scenario)).tried).toEqual(["a/key unary ok"]);
  });

  test("a call for that model alone waits", async () => {
    const limited = candidateOf("a", { model: "limited", requestsPerMinute: 10 });
    const scenario = create({ candidates: [limited], scripts: [ok, ok] });
    await callAtOnce(scenario);
    expect(await call(scenario)).toMatchObject({ tried: ["a/key unary ok"], atMs: 6_500 });
  });
});

describe("a fallback that refuses the request", () => {
  const candidates = [candidateOf("a"), candidateOf("b", { model: "other" }), candidateOf("c", { model: "third" })];

  test("is passed over", async () => {
    const scripts = [{ failure: { kind: "model_missing", status: 404 } as const }, { failure: badRequest }, ok];
    const { tried } = await call(create({ candidates, scripts }));
    expect(tried).toEqual(["a/key unary model_missing", "b/key unary invalid_request", "c/key unary ok"]);
  });

  test("never hides why the call failed", async () => {
    const scripts = [
      { failure: { kind: "model_missing", status: 404 } as const },
      { failure: badRequest },
      { failure: badRequest },
    ];
    const { failure } = await call(create({ candidates, scripts }));
    expect(failure).toEqual({ kind: "model_missing", status: 404 });
  });

  test("where the first model refuses it, the call stops", async () => {
    const { tried, failure } = await call(create({ candidates, scripts: [{ failure: badRequest }] }));
    expect(tried).toEqual(["a/key unary invalid_request"]);
    expect(failure).toEqual(badRequest);
  });
});
