import { expect, test } from "vitest";
import { packCalls } from "../testing/ledger-calls.js";
import type { LedgerAttempt, LedgerCall } from "./ledger-call.js";
import { CallPacker, unpackCalls } from "./packed-calls.js";

const attempt: LedgerAttempt = {
  endpoint: "sg",
  model: "gpt-4.1",
  credential: "main",
  transport: "stream",
  outcome: "status",
  status: 503,
  startMs: 4,
  durationMs: 5,
  promptTokens: 6,
  cachedTokens: 7,
  completionTokens: 8,
  reasoningTokens: 9,
  costNanoUsd: 2n ** 63n - 1n,
  costSource: "estimated",
};
const call: LedgerCall = {
  endedAtMs: 1_800_000_000_123,
  durationMs: 10,
  requestId: "one",
  tenant: "team",
  rpc: "StreamChat",
  protocol: "grpc",
  code: "unavailable",
  reason: "",
  region: "SG",
  tier: "mid",
  cohort: "stable",
  configVersion: "v",
  attempts: [attempt, { ...attempt, endpoint: "eu", costNanoUsd: 0n, costSource: "reported" }],
};

test("calls are the same once they are unpacked", () => {
  // Names that are the same text, too.
  const calls = [call, { ...call, requestId: "sg", tenant: "sg", attempts: [attempt] }, { ...call, requestId: "" }];
  expect(unpackCalls(packCalls(calls))).toEqual(calls);
  expect(unpackCalls(packCalls([]))).toEqual([]);
});

test("a text is packed once", () => {
  expect(packCalls([call, { ...call, requestId: "two" }]).texts.filter((text) => text === "team")).toHaveLength(1);
});

test("what was packed is the same after a copy to another thread", () => {
  expect(unpackCalls(structuredClone(packCalls([call])))).toEqual([call]);
});

test("a cost that no ledger holds is refused", () => {
  const tooMuch = { ...call, attempts: [{ ...attempt, costNanoUsd: 2n ** 63n }] };
  expect(() => packCalls([tooMuch])).toThrow(RangeError);
});

test("a packer begins anew once its calls are taken, however many they were", () => {
  const packer = new CallPacker();
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...call, requestId: String(index) }));
  for (const each of many) packer.add(each);
  const first = packer.take();
  expect([packer.calls, first.calls, first.costs.length]).toEqual([0, 1_000, 2_000]);
  packer.add(call);
  expect(unpackCalls(packer.take())).toEqual([call]);
  expect(unpackCalls(first)).toEqual(many);
});

test("of a call that is refused nothing stays", () => {
  const packer = new CallPacker();
  expect(() => packer.add({ ...call, attempts: [attempt, { ...attempt, costNanoUsd: 2n ** 64n }] })).toThrow(
    RangeError,
  );
  packer.add(call);
  expect(unpackCalls(packer.take())).toEqual([call]);
});
