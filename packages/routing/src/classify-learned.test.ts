import { anonymous, type LearnedReading, type TierCutoffs } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { featuresOf } from "./call-features.js";
import { planRoute } from "./plan-route.js";
import { relativeCosts } from "./relative-costs.js";
import { counter } from "./testing/o200k-base.js";
import { sampleCall, sampleHealth, sampleLocation, samplePolicy } from "./testing/sample-policy.js";

const policy = { ...samplePolicy, policy: "learned" } as const;
const call = sampleCall("Explain this category");

function readingOf(score: number, cutoffs: TierCutoffs): LearnedReading {
  const costs = { low: 0.1, medium: 0.3, high: 1 };
  return { version: "learned-2", language: "en", score, quantile: 0.9, cutoffs, budget: policy.learned.budget, costs };
}

function planned(learned: LearnedReading | undefined, rights = anonymous.rights) {
  const features = featuresOf(call, policy, counter, "decided");
  return planRoute(
    { ...features, prompt: { ...features.prompt, learned } },
    {
      location: sampleLocation("DEFAULT"),
      policy,
      canaryPercentage: 0,
      rights,
      health: sampleHealth({}),
      timeOfDayMs: 0,
      random: () => 0,
    },
  );
}

describe("the tier of a learned score", () => {
  const cutoffs = { medium: 0.2, high: 0.3 };
  const above = "is above 90 % of the recent ones";
  test.each([
    ["below both cut-offs", 0.1, cutoffs, "low", `the score 0.1000 ${above}; medium begins at 0.2000, high at 0.3000`],
    ["at the first", 0.2, cutoffs, "medium", `the score 0.2000 ${above}; medium begins at 0.2000, high at 0.3000`],
    ["at the second", 0.3, cutoffs, "high", `the score 0.3000 ${above}; medium begins at 0.2000, high at 0.3000`],
    [
      "with a budget to make good",
      0.9,
      { medium: -2, high: 2 },
      "medium",
      `the score 0.9000 ${above}; medium begins at any score, high at no score, to make good what was spent`,
    ],
  ])("%s", (_name, score, cutoffs, tier, reason) => {
    expect(planned(readingOf(score, cutoffs))).toMatchObject({
      plan: { tier, signals: { policy: "learned", lowWords: [], highWords: [], learned: { score } } },
    });
    expect(planned(readingOf(score, cutoffs))).toHaveProperty("plan.reasons.0", `${tier} tier: ${reason}`);
  });

  test("gives way to the tenant's rights", () => {
    const rights = { ...anonymous.rights, tiers: ["low"] as const };
    expect(planned(readingOf(0.9, cutoffs), rights)).toHaveProperty("plan.tier", "low");
  });

  test("has to be there", () => {
    expect(() => planned(undefined)).toThrow(TypeError);
  });
});

test.each([
  ["DEFAULT", { low: 0.0525, medium: 0.3125, high: 1 }],
  ["ID", { low: 0.0525, medium: 0.0525, high: 1 }],
  ["SG", { low: 0.0525, medium: 1, high: 1 }],
])("what the tiers cost callers of %s", (country, costs) => {
  const features = featuresOf(call, policy, counter, "counted");
  expect(relativeCosts(features, country, policy, 0)).toEqual(costs);
});
