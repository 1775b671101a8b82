import { expect, test } from "vitest";
import { decisionLineSchema } from "../decisions/decision-line.js";
import { createReplayTotals } from "./replay-report.js";

/** A line of a call that had a plan and an answer; undefined: one that was refused. */
function lineOf(costNanoUsd: string | undefined) {
  const prompt = { minTokens: 1, maxTokens: 1, billedTokens: 1, words: [], searchedWords: [] };
  const routing = { allowedModels: [], fallbacks: [] };
  const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
  const attempt = { model: "m", endpoint: "e", transport: "unary", outcome: "ok", startMs: 0, durationMs: 1, usage };
  const plan = { model: "m", cohort: "baseline", temperature: 1, maxTokens: 1, candidates: [] };
  const isRefused = costNanoUsd === undefined;
  return decisionLineSchema.parse({
    ...{ v: 1, at: "2027-01-31T00:00:00.000Z", requestId: "r", rpc: "Chat", protocol: "connect", tenant: "t" },
    configVersion: "c",
    decision: {
      features: { choices: 1, routing, hasUser: false, canaryBucket: 0, prompt },
      location: { country: "ID", source: "none" },
      canary: { name: "", salt: "", percentage: 0, currentPercentage: 0 },
      health: { breakers: {}, latenciesMs: {}, inFlight: {}, unreachable: [], uncheckedKeys: [] },
      timeOfDayMs: 0,
      seed: 0,
    },
    plan: isRefused ? undefined : plan,
    outcome: {
      code: isRefused ? "unavailable" : "ok",
      reason: isRefused ? "no_candidate" : undefined,
      durationMs: 1,
      attempts: isRefused ? [] : [{ ...attempt, costNanoUsd, costProvenance: "reported" }],
    },
  });
}

test("has in its cost the calls that cost something: not those that were refused, and are again", () => {
  const totals = createReplayTotals({ models: new Map() });
  const refused = { kind: "refused", reason: "no_candidate" } as const;
  totals.add(lineOf(undefined), refused);
  totals.add(lineOf("7"), refused);
  const { cost, reproduced, moved } = totals.report();
  expect({ reproduced, moved }).toEqual({ reproduced: 1, moved: 1 });
  expect(cost).toEqual({ calls: 1, recordedNanoUsd: 7n, estimatedNanoUsd: 0n, unknownCalls: 0 });
});
