import { type CallEndKind, createDeadline, type RelayRequest } from "@meridian/core";
import { expect, test } from "vitest";
import { CallError } from "./call-error.js";
import { executeCall } from "./execute-call.js";
import { answerOf, overloaded, rateLimited, reported } from "./testing/answers.js";
import { candidateOf, deploymentAt, inShort, type Scenario, settled } from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

async function failureOf(scenario: Scenario) {
  const { error, atMs } = await settled(scenario.clock, executeCall(scenario.job, scenario.dependencies));
  if (!(error instanceof CallError)) throw error;
  return { failure: error.failure, tried: inShort(error.attempts), attempts: error.attempts, atMs };
}

const ok = { answer: answerOf("fine", reported(6, 4)) };
const silent = { afterMs: 1_000_000 };

test("the deadline during an attempt ends the call at its time", async () => {
  const candidates = [candidateOf("a")];
  const { failure, tried, attempts, atMs } = await failureOf(create({ candidates, scripts: [silent], budgetMs: 300 }));
  expect(failure).toEqual({ kind: "deadline_exceeded" });
  expect(tried).toEqual(["a/key unary deadline_exceeded"]);
  expect(attempts[0]).toMatchObject({ durationMs: 300, status: 0, usage: undefined, costNanoUsd: 0n });
  expect(atMs).toBe(300);
});

test("the deadline spans attempts: the second gets what the first has left", async () => {
  const candidates = [candidateOf("a")];
  const scenario = create({ candidates, scripts: [{ failure: overloaded, afterMs: 100 }, silent], budgetMs: 700 });
  const { failure, tried, attempts, atMs } = await failureOf(scenario);
  expect(failure).toEqual({ kind: "deadline_exceeded" });
  expect(tried).toEqual(["a/key unary overloaded", "a/key unary deadline_exceeded"]);
  expect(attempts.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
    [0, 100],
    [600, 100],
  ]);
  expect(atMs).toBe(700);
});

test.each<[CallEndKind, number]>([
  ["canceled", 250],
  ["shutting_down", 40],
  ["deadline_exceeded", 90],
])("%s during an attempt ends the call at once", async (kind, endMs) => {
  const scenario = create({ scripts: [silent] });
  scenario.clock.schedule(endMs, () => scenario.deadline.end(kind));
  const { failure, tried, atMs } = await failureOf(scenario);
  expect(failure).toEqual({ kind });
  expect(tried).toEqual([`a/key unary ${kind}`]);
  expect(atMs).toBe(endMs);
});

test.each<[CallEndKind, number]>([
  ["canceled", 250],
  ["shutting_down", 40],
  ["deadline_exceeded", 499],
])("%s during a backoff ends the call at once, with the attempts so far", async (kind, endMs) => {
  const scenario = create({ scripts: [{ failure: overloaded }] });
  scenario.clock.schedule(endMs, () => scenario.deadline.end(kind));
  const { failure, tried, atMs } = await failureOf(scenario);
  expect(failure).toEqual({ kind });
  expect(tried).toEqual(["a/key unary overloaded"]);
  expect(atMs).toBe(endMs);
});

test("what ended the attempt says more than the error that a closed socket makes of it", async () => {
  const scenario = create({ candidates: [candidateOf("a")], budgetMs: 300 });
  const complete = (_request: RelayRequest, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("socket closed")), { once: true });
    });
  const dependencies = { ...scenario.dependencies, relay: { ...scenario.relay, complete } };
  const { error, atMs } = await settled(scenario.clock, executeCall(scenario.job, dependencies));
  expect(error).toMatchObject({ failure: { kind: "deadline_exceeded" } });
  expect(atMs).toBe(300);
});

test("a call that has ended before it begins asks nobody", async () => {
  const scenario = create({});
  scenario.deadline.end("canceled");
  const { failure } = await failureOf(scenario);
  expect(failure).toEqual({ kind: "canceled" });
  expect(scenario.relay.received).toEqual([]);
});

test("an answer and the caller's leaving at the same moment: one of them wins, nothing is left", async () => {
  const scenario = create({ scripts: [{ ...ok, afterMs: 50 }] });
  // The relay's own timer, set first, fires before this one at the same time.
  const promise = executeCall(scenario.job, scenario.dependencies);
  scenario.clock.schedule(50, () => scenario.deadline.end("canceled"));
  const { value, error } = await settled(scenario.clock, promise);
  expect(error).toBeUndefined();
  expect(inShort(value?.attempts ?? [])).toEqual(["a/key unary ok"]);
});

test("a failure and the caller's leaving at the same moment: no further attempt", async () => {
  const scenario = create({ scripts: [{ failure: overloaded, afterMs: 50 }] });
  scenario.clock.schedule(50, () => scenario.deadline.end("canceled"));
  const { failure, tried } = await failureOf(scenario);
  expect(failure).toEqual({ kind: "canceled" });
  expect(tried).toEqual(["a/key unary canceled"]);
});

test("a failure as the deadline passes, before its timer says so: deadline_exceeded", async () => {
  const scenario = create({ candidates: [candidateOf("a")], scripts: [{ failure: overloaded, afterMs: 50 }] });
  const { clock, job, dependencies } = scenario;
  const deadline = { ...job.deadline, remainingMs: () => Math.max(0, 50 - clock.now()) };
  const { error } = await settled(clock, executeCall({ ...job, deadline }, dependencies), 50);
  expect(error).toMatchObject({ failure: { kind: "deadline_exceeded" } });
});

test("an open breaker is passed over", async () => {
  const scenario = create({ scripts: [ok] });
  scenario.otherCall("a", "credit_exhausted");
  const { value } = await settled(scenario.clock, executeCall(scenario.job, scenario.dependencies));
  expect(inShort(value?.attempts ?? [])).toEqual(["b/key unary ok"]);
});

test("every breaker open: circuit_open with the shortest wait", async () => {
  const scenario = create({});
  scenario.otherCall("a", "credit_exhausted");
  for (let failures = 0; failures < 5; failures += 1) scenario.otherCall("b", "overloaded");
  const { failure, tried, atMs } = await failureOf(scenario);
  expect(failure).toEqual({ kind: "circuit_open", retryAfterMs: 10_500 });
  expect(tried).toEqual([]);
  expect(atMs).toBe(0);
});

test("five failures of calls open the breaker; a probe after its time closes it", async () => {
  const failures = Array.from({ length: 5 }, () => ({ failure: { kind: "model_missing", status: 404 } }) as const);
  const [only] = create({}).job.plan.candidates;
  if (only === undefined) throw new Error("a scenario has candidates");
  const scenario = create({ candidates: [only], scripts: [...failures, ok] });
  const call = () => settled(scenario.clock, executeCall(scenario.job, scenario.dependencies), 0);
  for (const _failure of failures) expect((await call()).error).toMatchObject({ failure: { kind: "model_missing" } });
  expect((await call()).error).toMatchObject({ failure: { kind: "circuit_open", retryAfterMs: 10_500 } });
  expect(scenario.relay.received).toHaveLength(5);
  await scenario.clock.advance(10_500);
  expect((await call()).value?.answer).toBe(ok.answer);
  expect(scenario.health.state(deploymentAt("a"))).toBe("closed");
});

test("a canceled probe gives its permit back", async () => {
  const scenario = create({ scripts: [silent, ok] });
  for (const name of ["a", "b"]) scenario.otherCall(name, "credit_exhausted");
  await scenario.clock.advance(63_000);
  expect(scenario.health.state(deploymentAt("a"))).toBe("half_open");
  scenario.clock.schedule(10, () => scenario.deadline.end("canceled"));
  await failureOf(scenario);
  expect(scenario.health.permit(deploymentAt("a"))).toBe(true);
});

test("a call from before the breaker opened does not let a second probe pass when it ends", async () => {
  const [only] = create({}).job.plan.candidates;
  if (only === undefined) throw new Error("a scenario has candidates");
  const scenario = create({ candidates: [only], scripts: [silent, { ...ok, afterMs: 5_000 }] });
  const { clock, job, dependencies } = scenario;
  const begin = () => {
    const deadline = createDeadline(clock, 10_000_000);
    const ended = executeCall({ ...job, deadline }, dependencies).finally(() => deadline.release());
    return { deadline, ended: ended.catch((error: unknown) => error) };
  };
  const old = begin();
  await clock.advance(1);
  for (let failures = 0; failures < 5; failures += 1) scenario.otherCall("a", "overloaded");
  await clock.advance(10_500);
  const probe = begin();
  old.deadline.end("canceled");
  await clock.advance(0);
  expect(await begin().ended).toMatchObject({ failure: { kind: "circuit_open", retryAfterMs: 10_000 } });
  await clock.advance(5_000);
  expect(await probe.ended).toMatchObject({ answer: ok.answer });
  expect(await old.ended).toMatchObject({ failure: { kind: "canceled" } });
});

test("a rate limit does not open the breaker", async () => {
  const scripts = Array.from({ length: 6 }, () => ({ failure: rateLimited(1) }));
  const scenario = create({ scripts });
  await failureOf(scenario);
  expect(scenario.health.state(deploymentAt("a"))).toBe("closed");
});
