import { expect, test } from "vitest";
import { executeStream } from "./execute-stream.js";
import {
  answerOf,
  end,
  fault,
  identity,
  overloaded,
  reported,
  silence,
  text,
  truncated,
  usage,
  wait,
} from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { candidateOf, defaultPolicy, settled } from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

const whole = { steps: [identity("x"), text("hello"), end(), usage(6, 5)] };
const cut = { steps: [identity("y"), text("he"), fault(truncated)] };

test("first_token: a stream cut after content is an error, and what came is billed by count", async () => {
  const { shown, failure, attempts } = await runStream(create({ scripts: [cut] }));
  expect(shown).toEqual(["start a", "he"]);
  expect(failure).toEqual(truncated);
  expect(attempts).toMatchObject([
    { outcome: "stream_truncated", status: 200, costNanoUsd: 10_000n, costProvenance: "estimated" },
  ]);
});

test("first_token: silence after content is cut at the idle limit", async () => {
  const { shown, failure, atMs } = await runStream(create({ scripts: [{ steps: [text("he"), silence] }] }));
  expect(shown).toEqual(["start a", "he"]);
  expect(failure).toEqual({ kind: "idle_limit", limitMs: 15_000 });
  expect(atMs).toBe(15_000);
});

test("first_token: one choice cut while the other has ended is no answer", async () => {
  const steps = [text("a", 0), end(0), text("b", 1), fault(truncated)];
  const { failure } = await runStream(create({ choices: 2, scripts: [{ steps }] }));
  expect(failure).toEqual(truncated);
});

test("restart: the next candidate begins again, with both attempts and what each cost", async () => {
  const { shown, events, attempts, end: last } = await runStream(create({ commit: "restart", scripts: [cut, whole] }));
  expect(shown).toEqual(["start a", "he", "restart b after stream_truncated", "hello", "end stop"]);
  expect(events[2]).toMatchObject({ type: "stream-restart", identity: { id: "x" } });
  expect(attempts.map(({ outcome, costNanoUsd, costProvenance }) => [outcome, costNanoUsd, costProvenance])).toEqual([
    ["stream_truncated", 10_000n, "estimated"],
    ["ok", 16_000n, "reported"],
  ]);
  expect(last?.usage).toEqual(reported(6, 5));
});

test("when an event is told, its attempts are those that have ended", async () => {
  const scenario = create({ commit: "restart", scripts: [cut, whole] });
  const counts: number[] = [];
  const count = async () => {
    for await (const batch of executeStream(scenario.job, scenario.dependencies))
      for (const event of batch) if ("attempts" in event) counts.push(event.attempts.length);
  };
  await settled(scenario.clock, count());
  expect(counts).toEqual([0, 1, 2]);
});

test("restart: usage that was reported before the cut is billed as reported", async () => {
  const steps = [text("he"), usage(6, 3), fault(truncated)];
  const { attempts } = await runStream(create({ commit: "restart", scripts: [{ steps }, whole] }));
  expect(attempts[0]).toMatchObject({ usage: reported(6, 3), costNanoUsd: 12_000n, costProvenance: "reported" });
});

test("restart: again and again, up to the limit of attempts", async () => {
  const candidates = ["a", "b", "c", "d"].map((name) => candidateOf(name));
  const policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, maxAttempts: 3 } };
  const scenario = create({ candidates, policy, commit: "restart", scripts: [cut, cut, cut] });
  const { shown, failure, tried } = await runStream(scenario);
  expect(shown).toEqual([
    "start a",
    "he",
    "restart b after stream_truncated",
    "he",
    "restart c after stream_truncated",
    "he",
  ]);
  expect(failure).toEqual(truncated);
  expect(tried).toHaveLength(3);
});

test("restart: failures without content in between are not told, the reason is that of the void deltas", async () => {
  const scripts = [cut, { failure: overloaded }, { failure: overloaded }, whole];
  const candidates = ["a", "b", "c"].map((name) => candidateOf(name));
  const { shown, tried } = await runStream(create({ candidates, commit: "restart", scripts }));
  expect(shown).toEqual(["start a", "he", "restart c after stream_truncated", "hello", "end stop"]);
  expect(tried).toHaveLength(4);
});

test("restart: an overload on the stream waits before the same deployment again", async () => {
  const scripts = [{ steps: [text("he"), fault(overloaded)] }, whole];
  const { shown, askedAtMs } = await runStream(create({ commit: "restart", scripts }));
  expect(shown).toEqual(["start a", "he", "restart a after overloaded", "hello", "end stop"]);
  expect(askedAtMs).toEqual([0, 500]);
});

test("restart: a failure that no deployment mends stops", async () => {
  const policyFault = { kind: "content_policy", status: 200, message: "no" } as const;
  const { failure, tried } = await runStream(
    create({ commit: "restart", scripts: [{ steps: [text("he"), fault(policyFault)] }] }),
  );
  expect(failure).toEqual(policyFault);
  expect(tried).toHaveLength(1);
});

test("buffered: the caller sees the whole answer of one attempt or nothing", async () => {
  const slow = { steps: [text("he"), wait(2_000), text("llo"), end(), usage(6, 5)] };
  const { shown, attempts, tried, atMs } = await runStream(create({ commit: "buffered", scripts: [cut, slow] }));
  expect(shown).toEqual(["start b", "he", "llo", "end stop"]);
  expect(tried).toEqual(["a/key stream stream_truncated", "b/key stream ok"]);
  expect(attempts[0]).toMatchObject({ costNanoUsd: 10_000n, costProvenance: "estimated", status: 200 });
  expect(atMs).toBe(2_000);
});

test("buffered: nobody answers whole: an error and no event", async () => {
  const { shown, failure } = await runStream(create({ commit: "buffered", scripts: [cut, cut] }));
  expect(shown).toEqual([]);
  expect(failure).toEqual(truncated);
});

test("buffered: silence in the middle goes to the next candidate too", async () => {
  const scripts = [{ steps: [text("he"), silence] }, whole];
  const { shown, askedAtMs } = await runStream(create({ commit: "buffered", scripts }));
  expect(shown).toEqual(["start b", "hello", "end stop"]);
  expect(askedAtMs).toEqual([0, 15_000]);
});

test("buffered: an answer beyond all bounds is not held", async () => {
  const huge = { steps: [...Array.from({ length: 17 }, () => text("x".repeat(1_048_576))), end()] };
  const { shown, tried } = await runStream(create({ commit: "buffered", scripts: [huge, whole] }));
  expect(tried).toEqual(["a/key stream malformed_answer", "b/key stream ok"]);
  expect(shown).toEqual(["start b", "hello", "end stop"]);
});

test("an error in closing the relay's stream hides no failure", async () => {
  const closeError = new Error("socket already gone");
  const late = await runStream(create({ scripts: [{ ...cut, closeError }] }));
  expect(late.failure).toEqual(truncated);
  const early = await runStream(create({ scripts: [{ steps: [fault(truncated)], closeError }, whole] }));
  expect(early.shown).toEqual(["start b", "hello", "end stop"]);
});

test("a fault of our own in the middle is thrown as it is", async () => {
  const error = new TypeError("a bug");
  const scenario = create({ commit: "restart", scripts: [{ steps: [text("he"), { type: "throw", error }] }] });
  await expect(runStream(scenario)).rejects.toBe(error);
});

test("a whole answer told as a stream is billed as reported", async () => {
  const scripts = [{ steps: [silence] }, { answer: answerOf("hello", reported(6, 50)) }];
  const { attempts } = await runStream(create({ commit: "restart", scripts }));
  expect(attempts.map(({ costNanoUsd }) => costNanoUsd)).toEqual([0n, 106_000n]);
});
