import type { ChatCall, Decision, RoutingPolicy } from "@meridian/core";
import { anonymous } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { featuresOf } from "./call-features.js";
import { takeHealth } from "./health-data.js";
import { planDecision } from "./plan-decision.js";
import { possibleDecisions } from "./possible-decisions.js";
import { counter } from "./testing/o200k-base.js";
import {
  sampleCall,
  sampleCanary,
  sampleCredential,
  sampleEndpoint,
  sampleHealth,
  samplePolicy,
} from "./testing/sample-policy.js";

const words = (tokens: number) => "x".repeat(1) + " x".repeat(tokens - 1);

function decisionOf(call: ChatCall, policy: RoutingPolicy = samplePolicy, currentPercentage = 0): Decision {
  const { name, salt, percentage } = policy.canary;
  return {
    features: featuresOf(call, policy, counter, "recorded"),
    location: { country: "KR", source: "cf-ipcountry" },
    canary: { name, salt, percentage, currentPercentage },
    health: takeHealth(policy, sampleHealth({})),
    timeOfDayMs: 0,
    seed: 7,
  };
}

/** The models that a decision may lead to under a policy, each once, and what nobody knows. */
function judge(decision: Decision, policy: RoutingPolicy) {
  const { decisions, unknown } = possibleDecisions(decision, policy);
  const models = decisions.map((each) => {
    const result = planDecision(each, policy, anonymous.rights);
    return result.kind === "planned" ? result.plan.model : result.failure.kind;
  });
  return { models: [...new Set(models)], unknown };
}

const keywords = (change: Partial<RoutingPolicy["keywords"]>): RoutingPolicy => ({
  ...samplePolicy,
  keywords: { ...samplePolicy.keywords, ...change },
});
const canary = (change: Parameters<typeof sampleCanary>[0]): RoutingPolicy => ({
  ...samplePolicy,
  canary: sampleCanary({ models: new Map([["gemini-2.5-flash", "claude-sonnet-4.5"]]), ...change }),
});
const newWord = { highWords: [...samplePolicy.keywords.highWords, "prove"] };
const newLowWord = { lowWords: [...samplePolicy.keywords.lowWords, "find"] };

describe("under another policy", () => {
  test.each<[name: string, question: string, policy: RoutingPolicy, models: readonly string[], unknowns: number]>([
    ["the same policy", "hello", samplePolicy, ["gemini-2.5-flash"], 0],
    ["a word less", "explain", keywords({ highWords: [] }), ["gemini-2.5-flash"], 0],
    ["a word of the other kind", "explain", keywords({ highWords: [], lowWords: ["explain"] }), ["deepseek-v3.2"], 0],
    ["a new word", "hello", keywords(newWord), ["gemini-2.5-flash", "gpt-4.1"], 1],
    ["a new high word where there is another", "explain", keywords(newWord), ["gpt-4.1"], 1],
    ["a new low word in a long prompt", words(200), keywords(newLowWord), ["gemini-2.5-flash"], 1],
    ["a new low word in a short prompt", "hello", keywords(newLowWord), ["gemini-2.5-flash", "deepseek-v3.2"], 1],
    ["a lower limit", words(200), keywords({ lowBelowTokens: 50, highAboveTokens: 100 }), ["gpt-4.1"], 0],
    ["a higher limit", words(700), keywords({ highAboveTokens: 1_000 }), ["gemini-2.5-flash"], 0],
    [
      "a higher limit, for a prompt that nobody counted",
      words(5_000),
      keywords({ highAboveTokens: 4_000 }),
      ["gemini-2.5-flash", "gpt-4.1"],
      1,
    ],
    [
      "one model for both ends, and another one between them, for a prompt that nobody counted",
      `tag ${words(5_000)}`,
      {
        ...keywords({ lowBelowTokens: 3_000, highAboveTokens: 6_000 }),
        tierModels: { low: "gpt-4.1", high: "gpt-4.1" },
      },
      ["gpt-4.1", "gemini-2.5-flash"],
      1,
    ],
  ])("%s", (_name, question, policy, models, unknowns) => {
    const judged = judge(decisionOf(sampleCall(question)), policy);
    expect(new Set(judged.models)).toEqual(new Set(models));
    expect(judged.unknown).toHaveLength(unknowns);
  });

  test.each<[name: string, user: string, policy: RoutingPolicy, models: readonly string[]]>([
    ["another percentage begins the canary there", "somebody", canary({ percentage: 100 }), ["claude-sonnet-4.5"]],
    [
      "another salt draws other users",
      "somebody",
      canary({ percentage: 50, salt: "new" }),
      ["claude-sonnet-4.5", "gemini-2.5-flash"],
    ],
    ["another salt, for nobody", "somebody", canary({ percentage: 0, salt: "new" }), ["gemini-2.5-flash"]],
    ["another salt, for who names no user", "", canary({ percentage: 50, salt: "new" }), ["gemini-2.5-flash"]],
  ])("%s", (_name, user, policy, models) => {
    expect(judge(decisionOf(sampleCall("hello", { user })), policy).models).toEqual(models);
  });

  test("the same canary stands where it stood", () => {
    const policy = canary({ percentage: 10 });
    const call = sampleCall("hello", { user: "somebody" });
    expect(judge(decisionOf(call, policy, 100), policy).models).toEqual(["claude-sonnet-4.5"]);
    expect(judge(decisionOf(call, policy, 0), policy).models).toEqual(["gemini-2.5-flash"]);
  });

  test("an alias, and a name that has become one, stand for the model of that policy", () => {
    const named = sampleCall("hello", { model: "gpt-4.1", alias: "best" });
    const moved = { ...samplePolicy, aliases: new Map([["best", "claude-sonnet-4.5"]]) };
    expect(judge(decisionOf(named), moved).models).toEqual(["claude-sonnet-4.5"]);
    expect(judge(decisionOf(named), samplePolicy).models).toEqual(["unknown_model"]);
    const left = { ...samplePolicy, aliases: new Map([["gpt-4.1", "auto"]]) };
    expect(judge(decisionOf(sampleCall("hello", { model: "gpt-4.1" })), left).models).toEqual(["gemini-2.5-flash"]);
  });
});

test("a plan from what was taken down is the plan from the health itself, through JSON too", () => {
  const endpoints = ["a", "b", "c"].map((name) =>
    sampleEndpoint(name, { credentials: [sampleCredential("old"), sampleCredential("new")] }),
  );
  const policy = { ...samplePolicy, endpoints, maxEndpointsPerModel: 3 };
  const health = sampleHealth({
    breakers: { "a/gpt-4.1/old": "open", "b/gpt-4.1/new": "half_open" },
    latenciesMs: { a: 10, b: 80.123, c: 1 },
    inFlight: { b: 3 },
    reachability: { c: "unreachable" },
  });
  const taken = { ...decisionOf(sampleCall("explain"), policy), health: takeHealth(policy, health) };
  expect(taken.health).toMatchObject({ breakers: { "a/gpt-4.1/old": "open" }, unreachable: ["c"] });
  const result = planDecision(JSON.parse(JSON.stringify(taken)), policy, anonymous.rights);
  expect(result).toEqual(planDecision(taken, policy, anonymous.rights));
  const candidates = result.kind === "planned" ? result.plan.candidates : [];
  expect(
    candidates.slice(0, 3).map(({ endpoint, breaker, credentials }) => [endpoint.name, breaker, credentials[0]?.name]),
  ).toEqual([
    ["a", "closed", "new"],
    ["b", "closed", "old"],
    ["c", "closed", "old"],
  ]);
});
