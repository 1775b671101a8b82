import { expect, test } from "vitest";
import { exampleAttempt, exampleDeployment, examplePlan } from "../testing/example-route.js";
import { routeReportFrom } from "./route-report.js";

const source = { requestId: "r1", plan: examplePlan, configVersion: "v1" };

test("a call without an attempt", () => {
  expect(routeReportFrom({ ...source, attempts: [] })).toMatchObject({
    requestId: "r1",
    country: "ID",
    countrySource: "cf-ipcountry",
    tier: "low",
    reasons: ["a low word"],
    model: "deepseek-v3.2",
    endpoint: "",
    cohort: "baseline",
    cache: "bypass",
    attempts: [],
    totalCostNanoUsd: 0n,
    costSource: "reported",
    configVersion: "v1",
  });
});

test("an attempt, whole milliseconds and all", () => {
  const { attempts, model, endpoint } = routeReportFrom({ ...source, attempts: [exampleAttempt] });
  expect({ model, endpoint }).toEqual({ model: "gpt-4.1", endpoint: "tokyo" });
  expect(attempts).toMatchObject([
    {
      endpoint: "tokyo",
      model: "gpt-4.1",
      credential: "default",
      outcome: "ok",
      status: 200,
      startMs: 1,
      durationMs: 21,
      promptTokens: 5,
      completionTokens: 7,
      costNanoUsd: 56_000n,
      costSource: "reported",
      transport: "unary",
    },
  ]);
});

test.for([
  { costs: [1n, 2n], sources: ["reported", "reported"], total: 3n, source: "reported" },
  { costs: [1n, 2n], sources: ["estimated", "reported"], total: 3n, source: "estimated" },
  { costs: [0n, 0n], sources: ["reported", "reported"], total: 0n, source: "reported" },
  // More than a number holds exactly: money is never a float.
  {
    costs: [9_007_199_254_740_993n, 1n],
    sources: ["reported", "reported"],
    total: 9_007_199_254_740_994n,
    source: "reported",
  },
] as const)("costs of $costs, $sources", ({ costs, sources, total, source: costSource }) => {
  const attempts = costs.map((costNanoUsd, index) => ({
    ...exampleAttempt,
    costNanoUsd,
    costProvenance: sources[index] ?? "reported",
  }));
  expect(routeReportFrom({ ...source, attempts })).toMatchObject({ totalCostNanoUsd: total, costSource });
});

test("an attempt that generated nothing has no tokens", () => {
  const attempts = [
    { ...exampleAttempt, outcome: "overloaded" as const, status: 503, usage: undefined, costNanoUsd: 0n },
  ];
  expect(routeReportFrom({ ...source, attempts }).attempts).toMatchObject([
    { outcome: "overloaded", status: 503, promptTokens: 0, completionTokens: 0, costNanoUsd: 0n },
  ]);
});

test("who answers counts before who was tried last", () => {
  const answering = { ...exampleDeployment, endpoint: { ...exampleDeployment.endpoint, name: "london" } };
  expect(routeReportFrom({ ...source, attempts: [exampleAttempt], answering }).endpoint).toBe("london");
});

test("a pinned model has no tier", () => {
  expect(routeReportFrom({ ...source, plan: { ...examplePlan, tier: undefined }, attempts: [] }).tier).toBe("");
});
