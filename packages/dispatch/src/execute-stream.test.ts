import type { AnswerEvent } from "@meridian/core";
import { expect, test } from "vitest";
import {
  answerOf,
  end,
  fault,
  identity,
  overloaded,
  rateLimited,
  rejected,
  reported,
  silence,
  text,
  truncated,
  usage,
  wait,
} from "./testing/answers.js";
import { runStream } from "./testing/run-stream.js";
import { candidateOf, credentialOf, type ScenarioOptions } from "./testing/scenario.js";
import { useScenarios } from "./testing/use-scenarios.js";

const create = useScenarios();

const whole = { steps: [identity("x"), text("he"), text("llo"), end(), usage(6, 5)] };
const a = candidateOf("a");

test("a stream is passed on as it comes: start, deltas, end", async () => {
  const { shown, events, end: last, attempts } = await runStream(create({ scripts: [whole] }));
  expect(shown).toEqual(["start a", "he", "llo", "end stop"]);
  expect(events[0]).toMatchObject({ type: "stream-start", identity: { id: "x" } });
  expect(last?.usage).toEqual(reported(6, 5));
  expect(attempts).toMatchObject([{ outcome: "ok", status: 200, costNanoUsd: 16_000n, costProvenance: "reported" }]);
});

test("reasoning has its own price, reported or counted, of the time when the attempt began", async () => {
  const { base } = a.model.prices;
  const dearer = { validFromMs: 0, prices: { ...base, reasoningNanoUsd: 9_000_000_000n } };
  const later = { validFromMs: 1_000, prices: base };
  const candidates = [{ ...a, model: { ...a.model, prices: { base, changes: [dearer, later] } } }];
  const thought: AnswerEvent = { type: "reasoning-delta", choice: 0, text: "hm" };
  const slow = { steps: [thought, wait(2_000), text("yes"), end()] };
  const counted = await runStream(create({ candidates, scripts: [slow] }));
  const usageOf = (provenance: "reported" | "estimated") => ({ ...reported(6, 5), reasoningTokens: 2, provenance });
  const cost = { costNanoUsd: 6n * 1_000n + 3n * 2_000n + 2n * 9_000n };
  expect(counted.attempts).toMatchObject([{ usage: usageOf("estimated"), ...cost }]);
  const told: AnswerEvent = { type: "answer-usage", usage: usageOf("reported") };
  const steps = [text("hello"), end(), told];
  expect((await runStream(create({ candidates, scripts: [{ steps }] }))).attempts).toMatchObject([cost]);
});

test("usage that the relay does not report is counted", async () => {
  const { end: last, attempts } = await runStream(create({ scripts: [{ steps: [text("hello"), end()] }] }));
  expect(last?.usage).toEqual({ ...reported(6, 5), provenance: "estimated" });
  expect(attempts[0]).toMatchObject({ costNanoUsd: 16_000n, costProvenance: "estimated" });
});

test("an answer of several choices ends when each has", async () => {
  const steps = [text("a", 0), text("b", 1), end(1), text("c", 0), end(0, "length")];
  const { shown, end: last } = await runStream(create({ choices: 2, scripts: [{ steps }] }));
  expect(shown).toEqual(["start a", "a", "b", "c", "end stop length"]);
  expect(last?.ends).toEqual([
    { choice: 1, finishReason: "stop" },
    { choice: 0, finishReason: "length" },
  ]);
});

test("an answer without content is an answer", async () => {
  const { shown } = await runStream(create({ scripts: [{ steps: [identity("x"), end(0, "stop")] }] }));
  expect(shown).toEqual(["start a", "end stop"]);
});

test("a stream that is finished but not closed is done after a second", async () => {
  const { shown, tried, atMs } = await runStream(create({ scripts: [{ steps: [text("hello"), end(), silence] }] }));
  expect(shown).toEqual(["start a", "hello", "end stop"]);
  expect(tried).toEqual(["a/key stream ok"]);
  expect(atMs).toBe(1_000);
});

const beforeContent: readonly [string, ScenarioOptions, readonly string[], readonly number[]][] = [
  [
    "a failure instead of headers",
    { scripts: [{ failure: overloaded }, { failure: overloaded }, whole] },
    ["a/key stream overloaded", "a/key stream overloaded", "b/key stream ok"],
    [0, 500, 500],
  ],
  [
    "a rate limit with Retry-After",
    { scripts: [{ failure: rateLimited(3_000) }, whole] },
    ["a/key stream rate_limited", "a/key stream ok"],
    [0, 3_000],
  ],
  [
    "a rejected key",
    {
      candidates: [candidateOf("a", { credentials: [credentialOf("new"), credentialOf("old")] })],
      scripts: [{ failure: rejected }, whole],
    },
    ["a/new stream credential_rejected", "a/old stream ok"],
    [0, 0],
  ],
  [
    "a failure on the stream before its first content",
    { scripts: [{ steps: [identity("y"), fault(overloaded)] }, whole] },
    ["a/key stream overloaded", "a/key stream ok"],
    [0, 500],
  ],
  [
    "a stream cut before its first content",
    { scripts: [{ steps: [identity("y"), fault(truncated)] }, whole] },
    ["a/key stream stream_truncated", "b/key stream ok"],
    [0, 0],
  ],
  [
    "no headers in time: the deployment is not asked twice",
    { scripts: [{ ...whole, afterMs: 9_000 }, whole] },
    ["a/key stream headers_limit", "b/key stream ok"],
    [0, 8_000],
  ],
];

test.each(beforeContent)("unseen by the caller: %s", async (_name, options, expected, times) => {
  const { shown, tried, askedAtMs } = await runStream(create(options));
  expect(tried).toEqual(expected);
  expect(askedAtMs).toEqual(times);
  expect(shown.slice(1)).toEqual(["he", "llo", "end stop"]);
});

test("a single candidate without headers in time is not asked twice", async () => {
  const { failure, tried, atMs } = await runStream(
    create({ candidates: [a], scripts: [{ ...whole, afterMs: 9_000 }] }),
  );
  expect(failure).toEqual({ kind: "headers_limit", limitMs: 8_000 });
  expect(tried).toEqual(["a/key stream headers_limit"]);
  expect(atMs).toBe(8_000);
});

const told = { answer: answerOf("hello", reported(6, 5)) };

test("no first token in time: the next candidate is asked for a whole answer, told as a stream", async () => {
  const scripts = [
    { afterMs: 3_000, steps: [identity("y"), silence] },
    { ...told, afterMs: 200 },
  ];
  const { shown, events, tried, askedAtMs, atMs, end: last } = await runStream(create({ scripts }));
  expect(tried).toEqual(["a/key stream first_token_limit", "b/key unary ok"]);
  expect(askedAtMs).toEqual([0, 8_000]);
  expect(atMs).toBe(8_200);
  expect(shown).toEqual(["start b", "hello", "end stop"]);
  expect(events[0]).toMatchObject({ identity: { id: "answer hello" } });
  expect(last?.usage).toEqual(reported(6, 5));
});

test("events without content do not count as a first token", async () => {
  const chatter = Array.from({ length: 20 }, () => [wait(1_000), identity("y")]).flat();
  const { tried, askedAtMs } = await runStream(create({ scripts: [{ steps: chatter }, told] }));
  expect(tried).toEqual(["a/key stream first_token_limit", "b/key unary ok"]);
  expect(askedAtMs).toEqual([0, 8_000]);
});

test("a single candidate whose stream gives no token is asked once more, for a whole answer", async () => {
  const { shown, tried } = await runStream(create({ candidates: [a], scripts: [{ steps: [silence] }, told] }));
  expect(tried).toEqual(["a/key stream first_token_limit", "a/key unary ok"]);
  expect(shown).toEqual(["start a", "hello", "end stop"]);
});

test("the same where no other candidate may be asked", async () => {
  const scenario = create({ scripts: [{ steps: [silence] }, told] });
  scenario.otherCall("b", "credit_exhausted");
  const { tried } = await runStream(scenario);
  expect(tried).toEqual(["a/key stream first_token_limit", "a/key unary ok"]);
});

test("and only once", async () => {
  const { failure, tried } = await runStream(
    create({ candidates: [a], scripts: [{ steps: [silence] }, { afterMs: 1_000_000 }] }),
  );
  expect(tried).toEqual(["a/key stream first_token_limit", "a/key unary attempt_limit"]);
  expect(failure).toEqual({ kind: "first_token_limit", limitMs: 8_000 });
});

test("after another candidate has failed too, the silent one is left alone", async () => {
  const missing = { failure: { kind: "model_missing", status: 404 } } as const;
  const { failure, tried } = await runStream(create({ scripts: [{ steps: [silence] }, missing] }));
  expect(tried).toEqual(["a/key stream first_token_limit", "b/key unary model_missing"]);
  expect(failure).toEqual({ kind: "first_token_limit", limitMs: 8_000 });
});

test("a slow relay that keeps within its limits is not cut", async () => {
  const steps = [wait(7_999), text("a"), wait(14_999), text("b"), wait(14_999), end()];
  const { shown } = await runStream(create({ scripts: [{ steps }] }));
  expect(shown).toEqual(["start a", "a", "b", "end stop"]);
});

test("open breakers are passed over; all open: circuit_open", async () => {
  const scenario = create({ scripts: [whole] });
  scenario.otherCall("a", "credit_exhausted");
  expect((await runStream(scenario)).tried).toEqual(["b/key stream ok"]);
  const closed = create({});
  for (const name of ["a", "b"]) closed.otherCall(name, "credit_exhausted");
  expect((await runStream(closed)).failure).toEqual({ kind: "circuit_open", retryAfterMs: 63_000 });
});
