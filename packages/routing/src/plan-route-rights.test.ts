import { anonymous, type ChatCall, type TenantRights } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { featuresOf } from "./call-features.js";
import type { PlanResult } from "./plan-result.js";
import { planRoute } from "./plan-route.js";
import { counter } from "./testing/o200k-base.js";
import { sampleCall, sampleEndpoint, sampleHealth, sampleLocation, samplePolicy } from "./testing/sample-policy.js";

const policy = {
  ...samplePolicy,
  canary: { ...samplePolicy.canary, models: new Map([["gpt-4.1", "claude-sonnet-4.5"]]) },
  maxEndpointsPerModel: 4,
  endpoints: [
    sampleEndpoint("frankfurt", { region: "eu" }),
    sampleEndpoint("london", { region: "uk", models: ["gpt-4.1"] }),
    sampleEndpoint("tokyo", { region: "asia" }),
    sampleEndpoint("anywhere"),
  ],
};

function planned(call: ChatCall, rights: Partial<TenantRights>, canaryPercentage = 0): PlanResult {
  return planRoute(featuresOf(call, policy, counter, "decided"), {
    location: sampleLocation("DEFAULT"),
    policy,
    rights: { ...anonymous.rights, ...rights },
    canaryPercentage,
    health: sampleHealth({}),
    timeOfDayMs: 0,
    random: () => 0,
  });
}

/** "model@endpoint" of each candidate; or the kind of the failure, and its field where it has one. */
function outcome(result: PlanResult): readonly string[] {
  if (result.kind === "planned")
    return result.plan.candidates.map(({ model, endpoint }) => `${model.id}@${endpoint.name}`);
  const { failure } = result;
  return [failure.kind, ...("field" in failure && failure.field !== undefined ? [failure.field] : [])];
}

const hard = "Explain tides";
const plain = "What is the capital of France?";
const simple = "Find a similar category";
const europe = { regions: ["eu"] } as const;

describe("a tenant's rights", () => {
  test.each<[string, ChatCall, Partial<TenantRights>, readonly string[]]>([
    [
      "pinned, allowed",
      sampleCall(plain, { model: "gpt-4.1" }),
      { models: ["gpt-4.1"], ...europe },
      ["gpt-4.1@frankfurt"],
    ],
    [
      "pinned, not allowed",
      sampleCall(plain, { model: "gpt-4.1" }),
      { models: ["deepseek-v3.2"] },
      ["not_allowed", "model"],
    ],
    ["pinned, no model allowed", sampleCall(plain, { model: "gpt-4.1" }), { models: [] }, ["not_allowed", "model"]],
    [
      "pinned, whatever the tiers",
      sampleCall(plain, { model: "gpt-4.1" }),
      { tiers: ["low"], ...europe },
      ["gpt-4.1@frankfurt"],
    ],
    [
      "forced tier, not allowed",
      sampleCall(plain, { routing: { tier: "high" } }),
      { tiers: ["low", "medium"] },
      ["not_allowed", "routing.tier"],
    ],
    [
      "routed, the chosen model not allowed",
      sampleCall(hard),
      { models: ["deepseek-v3.2"], ...europe },
      ["deepseek-v3.2@frankfurt"],
    ],
    [
      "routed, only a fallback allowed",
      sampleCall(hard),
      { models: ["gemini-2.5-flash"], ...europe },
      ["gemini-2.5-flash@frankfurt"],
    ],
    [
      "routed, a fallback not allowed",
      sampleCall(hard),
      { models: ["gpt-4.1", "gemini-2.5-flash"], ...europe },
      ["gpt-4.1@frankfurt", "gemini-2.5-flash@frankfurt"],
    ],
    [
      "the caller's fallback not allowed",
      sampleCall(plain, { model: "gpt-4.1", routing: { fallbacks: ["claude-sonnet-4.5"] } }),
      { models: ["gpt-4.1"], ...europe },
      ["gpt-4.1@frankfurt"],
    ],
    [
      "what the caller allows, the tenant may not",
      sampleCall(plain, { routing: { allowedModels: ["gpt-4.1"] } }),
      { models: ["deepseek-v3.2"] },
      ["not_allowed"],
    ],
    [
      "high tier, the next below is the tenant's",
      sampleCall(hard),
      { tiers: ["low", "medium"], models: ["gemini-2.5-flash"], ...europe },
      ["gemini-2.5-flash@frankfurt"],
    ],
    [
      "low tier, only the high one is the tenant's",
      sampleCall(simple),
      { tiers: ["high"], models: ["gpt-4.1"], ...europe },
      ["gpt-4.1@frankfurt"],
    ],
    ["no tier, routed", sampleCall(plain), { tiers: [] }, ["not_allowed", "model"]],
    [
      "endpoints",
      sampleCall(plain, { model: "deepseek-v3.2" }),
      { endpoints: ["tokyo", "anywhere"] },
      ["deepseek-v3.2@tokyo", "deepseek-v3.2@anywhere"],
    ],
    [
      "regions leave out what has none",
      sampleCall(plain, { model: "gpt-4.1" }),
      { regions: ["eu", "uk"] },
      ["gpt-4.1@frankfurt", "gpt-4.1@london"],
    ],
    [
      "endpoints and regions, both",
      sampleCall(plain, { model: "gpt-4.1" }),
      { regions: ["eu", "uk"], endpoints: ["london", "tokyo"] },
      ["gpt-4.1@london"],
    ],
    [
      "no endpoint of the region serves it",
      sampleCall(plain, { model: "deepseek-v3.2" }),
      { regions: ["uk"] },
      ["not_allowed"],
    ],
    [
      "nothing left for a reason of the caller's",
      sampleCall(plain, { routing: { maxCostNanoUsd: 0n } }),
      {},
      ["no_candidate"],
    ],
  ])("%s", (_name, call, rights, expected) => {
    expect(outcome(planned(call, rights))).toEqual(expected);
  });

  test("hold for every candidate of every model and tier: residency is no preference", () => {
    for (const question of [hard, plain, simple]) {
      const result = planned(sampleCall(question), europe);
      expect(result.kind).toBe("planned");
      for (const candidate of outcome(result)) expect(candidate).toMatch(/@frankfurt$/);
      expect(outcome(result).length).toBeGreaterThan(1);
    }
  });

  test("keep a canary's model away from who may not use it", () => {
    const call = sampleCall(hard, { user: "somebody" });
    const models = (rights: Partial<TenantRights>) => outcome(planned(call, { ...rights, ...europe }, 100))[0];
    expect(models({})).toBe("claude-sonnet-4.5@frankfurt");
    expect(models({ models: ["gpt-4.1"] })).toBe("gpt-4.1@frankfurt");
  });

  test("are the reasons of what is left out, and of the tier", () => {
    const result = planned(sampleCall(hard), { tiers: ["medium"], models: ["gemini-2.5-flash"], ...europe });
    if (result.kind === "refused") throw new Error(result.failure.kind);
    expect(result.plan.tier).toBe("medium");
    expect(result.plan.reasons).toContain("medium tier instead: the tenant may not use high");
    expect(result.plan.excluded.map(({ model, endpoint, reason }) => [model, endpoint, reason])).toEqual([
      ["gpt-4.1", undefined, "the tenant may not use this model"],
      ["gemini-2.5-flash", "tokyo", "the tenant may not use endpoints in asia"],
      ["gemini-2.5-flash", "anywhere", "the tenant may not use endpoints without a region"],
    ]);
  });
});
