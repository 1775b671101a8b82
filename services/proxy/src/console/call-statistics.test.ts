import { toBinary } from "@bufbuild/protobuf";
import { GetOverviewResponseSchema } from "@meridian/admin-proto";
import type { CallRecord } from "@meridian/telemetry";
import { describe, expect, test } from "vitest";
import { exampleAttempt, examplePlan } from "../testing/example-route.js";
import { createCallStatistics } from "./call-statistics.js";

const startMs = Date.UTC(2026, 10, 1, 12);

function statisticsAt(nowMs = startMs) {
  const time = { nowMs };
  const statistics = createCallStatistics({
    timeOfDayMs: () => time.nowMs,
    isRegion: (country) => country === "ID" || country === "KR",
  });
  const record = (changes: Partial<CallRecord> = {}) => {
    statistics.recorder.callStarted("Chat");
    statistics.recorder.callEnded({ ...answered, arrivedAtMs: time.nowMs - 0.7, ...changes });
  };
  return { time, statistics, record };
}

const answered: CallRecord = {
  rpc: "Chat",
  protocol: "connect",
  requestId: "request",
  tenant: "anonymous",
  code: "ok",
  reason: undefined,
  plan: examplePlan,
  attempts: [{ ...exampleAttempt, costNanoUsd: 700n }],
  arrivedAtMs: 0,
  durationMs: 100,
  firstTokenMs: undefined,
  configVersion: "v1",
};
const planOf = (country: string) => ({ ...examplePlan, location: { ...examplePlan.location, country } });
const failedAs = (reason: string): Partial<CallRecord> => ({ code: "unavailable", reason });

test("counts calls, failures and cost since it was made, whatever leaves the window", () => {
  const { time, statistics, record } = statisticsAt();
  record();
  record({ ...failedAs("overloaded"), attempts: [{ ...exampleAttempt, costNanoUsd: 5n }, exampleAttempt] });
  time.nowMs += 61 * 60_000;
  record({ rpc: "ListModels", plan: undefined, attempts: [] });
  const { totals, window, callsInFlight } = statistics.read(60);
  expect(totals).toMatchObject({ calls: 3n, failed: 1n, costNanoUsd: 705n + exampleAttempt.costNanoUsd });
  expect(window?.calls.reduce((sum, calls) => sum + calls, 0n)).toBe(1n);
  expect(window?.models).toMatchObject([{ costNanoUsd: 0n, totalCostNanoUsd: 705n + exampleAttempt.costNanoUsd }]);
  expect(callsInFlight).toBe(0n);
});

describe("a window", () => {
  test.each([
    [5, 30, 10],
    [15, 30, 30],
    [60, 60, 60],
  ])("of %i minutes has %i steps of %i seconds", (minutes, steps, stepSeconds) => {
    const { time, statistics, record } = statisticsAt();
    record();
    time.nowMs += stepSeconds * 1_000;
    record(failedAs("overloaded"));
    record(failedAs("overloaded"));
    const { window } = statistics.read(minutes);
    expect(window?.stepSeconds).toBe(stepSeconds);
    expect(window?.calls).toEqual([...Array.from({ length: steps - 2 }, () => 0n), 1n, 2n]);
    expect(window?.failed.slice(-2)).toEqual([0n, 2n]);
    expect(window?.countedSeconds).toBe(stepSeconds);
  });

  test("keeps an hour and no more, however long it runs", () => {
    const { time, statistics, record } = statisticsAt();
    for (let minute = 0; minute < 300; minute += 1) {
      record();
      time.nowMs += 60_000;
    }
    const { window, totals } = statistics.read(60);
    expect(totals?.calls).toBe(300n);
    expect(window?.calls).toEqual([...Array.from({ length: 59 }, () => 1n), 0n]);
  });

  test("has latencies by region within 4 %, of answered chats alone", () => {
    const { statistics, record } = statisticsAt();
    for (let call = 1; call <= 100; call += 1)
      record({ plan: planOf("ID"), durationMs: call * 10, firstTokenMs: call });
    record({ plan: planOf("KR"), durationMs: 50 });
    record({ plan: planOf("FR"), durationMs: 70 });
    record({ ...failedAs("overloaded"), plan: planOf("KR"), durationMs: 9_000 });
    record({ rpc: "ListModels", plan: undefined, durationMs: 9_000, attempts: [] });
    const { window } = statistics.read(5);
    expect(window?.regions.map(({ region, answer }) => [region, answer?.count])).toEqual([
      ["ID", 100n],
      ["KR", 1n],
      ["DEFAULT", 1n],
    ]);
    const [indonesia] = window?.regions ?? [];
    for (const [found, expected] of [
      [indonesia?.answer?.p50Ms, 500],
      [indonesia?.answer?.p95Ms, 950],
      [indonesia?.answer?.p99Ms, 990],
      [indonesia?.firstToken?.p50Ms, 50],
    ] as const)
      expect(Math.abs((found ?? 0) / expected - 1)).toBeLessThan(0.04);
    expect(indonesia?.answerSteps.at(-1)).toEqual(indonesia?.answer);
    expect(window?.allRegions?.answer?.count).toBe(102n);
  });

  test("has the cost of models and the share of tiers, largest first", () => {
    const { statistics, record } = statisticsAt();
    record({ plan: { ...examplePlan, tier: "low" } });
    record({ plan: { ...examplePlan, tier: "low" } });
    record({ plan: { ...examplePlan, tier: undefined } });
    const { window } = statistics.read(5);
    expect(window?.tiers).toMatchObject([
      { tier: "low", chats: 2n },
      { tier: "pinned", chats: 1n },
    ]);
    expect(window?.models).toMatchObject([
      { model: exampleAttempt.deployment.model.id, costNanoUsd: 2_100n, totalCostNanoUsd: 2_100n, answers: 3n },
    ]);
    expect(window?.models[0]?.costNanoUsdSteps.at(-1)).toBe(2_100n);
  });

  test("says why calls failed, the most frequent reason first", () => {
    const { statistics, record } = statisticsAt();
    for (const reason of ["overloaded", "tenant_limit", "overloaded"]) record(failedAs(reason));
    expect(statistics.read(5).window?.reasons).toMatchObject([
      { reason: "overloaded", calls: 2n },
      { reason: "tenant_limit", calls: 1n },
    ]);
  });
});

describe("the failed calls", () => {
  test("are the last 50, the newest first, with their attempts", () => {
    const { statistics, record } = statisticsAt();
    for (let call = 0; call < 60; call += 1)
      record({ ...failedAs("overloaded"), requestId: `call-${call}`, plan: planOf("ID") });
    const { failedCalls } = statistics.read(5);
    expect(failedCalls.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 50 }, (_, index) => `call-${59 - index}`),
    );
    expect(failedCalls[0]).toMatchObject({
      country: "ID",
      reason: "overloaded",
      attempts: [{ outcome: exampleAttempt.outcome, endpoint: exampleAttempt.deployment.endpoint.name }],
    });
    expect(toBinary(GetOverviewResponseSchema, statistics.read(5)).length).toBeGreaterThan(1_000);
  });

  test.each(["canceled", "too_many_calls", "unauthenticated"])("do not have what comes in floods: %s", (reason) => {
    const { statistics, record } = statisticsAt();
    record(failedAs(reason));
    expect(statistics.read(5)).toMatchObject({ totals: { failed: 1n }, failedCalls: [] });
  });
});

test("keeps the canary's last 50 changes", () => {
  const { statistics } = statisticsAt();
  for (let step = 1; step <= 60; step += 1)
    statistics.canaryDecided({
      kind: "step",
      canary: "canary",
      from: step - 1,
      percentage: step,
      reason: "it is good",
    });
  const { canaryChanges } = statistics.read(5);
  expect(canaryChanges).toHaveLength(50);
  expect(canaryChanges.at(-1)).toMatchObject({
    kind: "step",
    fromPercentage: 59,
    percentage: 60,
    reason: "it is good",
  });
});
