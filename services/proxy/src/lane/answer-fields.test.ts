import { type DescMessage, fromBinary, type MessageShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { Answer, Attempt, Usage } from "@meridian/core";
import { ChatResponseSchema, StreamChatResponseSchema } from "@meridian/inference-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rpcJson } from "../listen/rpc-json.js";
import { exampleAttempt, exampleDeployment, examplePlan } from "../testing/example-route.js";
import { chatResponseFrom } from "../translate/chat-response.js";
import type { ReportSource } from "../translate/route-report.js";
import { type ContractEvent, streamEventFrom } from "../translate/stream-event.js";
import { writeAnswer } from "./answer-fields.js";
import { binaryOf } from "./binary-sink.js";
import { writeEvent } from "./event-fields.js";
import type { WriteFields } from "./field-sink.js";
import { jsonOf } from "./json-sink.js";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "",
    "x".repeat(127),
    "x".repeat(128),
    "\u00e4".repeat(64),
    "y".repeat(20_000),
    '"\\\u2028\u0000\ud800',
  ),
);
const maybeText = fc.option(text, { nil: undefined });
const count = fc.oneof(fc.nat(3), fc.constantFrom(127, 128, 16_383, 16_384, 1e9));
const nanoUsd = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 61n }), fc.constantFrom(0n, 127n, 2n ** 53n, -1n));
const real = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1e21, 1e-7));
const provenance = fc.constantFrom("reported" as const, "estimated" as const);
const usage: fc.Arbitrary<Usage | undefined> = fc.option(
  fc.record({
    promptTokens: count,
    completionTokens: count,
    cachedTokens: count,
    reasoningTokens: count,
    provenance,
  }),
  { nil: undefined },
);
const topLogprob = { token: text, logprob: real, bytes: fc.option(fc.array(fc.nat(255)), { nil: undefined }) };
const logprobs = fc.array(
  fc.record({ ...topLogprob, topLogprobs: fc.array(fc.record(topLogprob), { maxLength: 2 }) }),
  {
    maxLength: 2,
  },
);
const choice = fc.record({
  index: count,
  content: maybeText,
  reasoning: maybeText,
  refusal: maybeText,
  toolCalls: fc.array(fc.record({ id: text, name: text, arguments: text }), { maxLength: 2 }),
  finishReason: text,
  contentLogprobs: logprobs,
  refusalLogprobs: logprobs,
});
const answer: fc.Arbitrary<Answer> = fc.record({
  id: text,
  created: fc.nat({ max: 4_000_000_000 }),
  choices: fc.array(choice, { maxLength: 3 }),
  usage: fc.constant(undefined),
});
const attempt: fc.Arbitrary<Attempt> = fc
  .record({ status: count, startMs: count, durationMs: count, usage, costNanoUsd: nanoUsd, costProvenance: provenance })
  .map((fields) => ({ ...exampleAttempt, ...fields }));
const reading = fc.record({
  version: text,
  language: text,
  score: real,
  quantile: real,
  cutoffs: fc.record({ medium: real, high: real }),
  budget: fc.constant({ kind: "share" as const, medium: 0.3, high: 0.1 }),
  costs: fc.constant({ low: 1, medium: 2, high: 3 }),
});
const report: fc.Arbitrary<ReportSource> = fc
  .record({
    requestId: text,
    attempts: fc.array(attempt, { maxLength: 3 }),
    answering: fc.option(fc.constant(exampleDeployment), { nil: undefined }),
    configVersion: text,
    model: maybeText,
    cache: fc.option(
      fc.record({ result: fc.constantFrom("hit" as const, "miss" as const), savedCostNanoUsd: nanoUsd }),
      { nil: undefined },
    ),
    reasons: fc.array(text, { maxLength: 3 }),
    tier: fc.constantFrom("low" as const, undefined),
    learned: fc.option(reading, { nil: undefined }),
  })
  .map(({ reasons, tier, learned, ...source }) => ({
    ...source,
    plan: { ...examplePlan, reasons, tier, signals: { ...examplePlan.signals, learned } },
  }));

const identity = fc.record({ id: text, created: fc.nat() });
const deployment = fc.constant(exampleDeployment);
const delta = { choice: count, text, logprobs };
const attempts = fc.constant([]);
const event: fc.Arbitrary<ContractEvent> = fc.oneof(
  fc.record({ type: fc.constant("stream-start" as const), identity, deployment, attempts }),
  fc.record({ type: fc.constant("text-delta" as const), ...delta }),
  fc.record({ type: fc.constant("refusal-delta" as const), ...delta }),
  fc.record({ type: fc.constant("reasoning-delta" as const), choice: count, text }),
  fc.record({
    type: fc.constant("tool-call-delta" as const),
    choice: count,
    index: count,
    id: maybeText,
    name: maybeText,
    arguments: text,
  }),
  fc.record({
    type: fc.constant("stream-restart" as const),
    reason: fc.constant("stream_truncated" as const),
    identity,
    deployment,
    attempts,
  }),
  fc.record({
    type: fc.constant("stream-end" as const),
    ends: fc.array(fc.record({ choice: count, finishReason: text }), { maxLength: 3 }),
    usage,
    deployment,
    attempts,
  }),
);

function expectSame<T, Desc extends DescMessage>(
  value: T,
  write: WriteFields<T>,
  schema: Desc,
  message: MessageShape<Desc>,
): void {
  expect(jsonOf(value, write).toString()).toBe(toJsonString(schema, message, rpcJson));
  expect(binaryOf(value, write).equals(toBinary(schema, message))).toBe(true);
}

test("an answer is to the byte what Protobuf makes of its message", () => {
  fc.assert(
    fc.property(answer, usage, report, (answer, usage, report) => {
      const completed = { answer, usage, deployment: exampleDeployment };
      expectSame({ completed, report }, writeAnswer, ChatResponseSchema, chatResponseFrom(completed, report));
    }),
    { numRuns: 300 },
  );
});

test("an event is to the byte what Protobuf makes of its message", () => {
  fc.assert(
    fc.property(event, report, (event, source) => {
      const report = () => source;
      expectSame({ event, report }, writeEvent, StreamChatResponseSchema, streamEventFrom(event, report));
    }),
    { numRuns: 500 },
  );
});

test("a message that is longer than the buffer leaves it as it was", () => {
  const long = { type: "reasoning-delta" as const, choice: 0, text: "z".repeat(100_000) };
  const short = { ...long, text: "z" };
  const report = () => ({ requestId: "", plan: examplePlan, attempts: [], configVersion: "" });
  for (const event of [short, long, short])
    expect(fromBinary(StreamChatResponseSchema, binaryOf({ event, report }, writeEvent)).event.value).toMatchObject({
      text: event.text,
    });
});
