import type { RelativeCosts, ScoreBudget, Tier } from "@meridian/core";
import { beforeAll, describe, expect, test } from "vitest";
import { loadLearnedModel } from "./load-learned-model.js";
import { type BudgetHolder, createBudgetHolder, isReached, maxCallsOver } from "./score-budget.js";
import { tierOfScore } from "./score-text.js";

let calibration: readonly number[];
beforeAll(async () => {
  ({ calibration } = await loadLearnedModel());
});

const listCosts: RelativeCosts = { low: 0.0525, medium: 0.3125, high: 1 };
const strong = { kind: "share", medium: 0, high: 0.3 } as const;
const three = { kind: "share", medium: 0.24, high: 0.08 } as const;

/** Routes one call, and gives its tier. */
function route(holder: BudgetHolder, score: number, costs = listCosts, language = "en"): Tier {
  const { cutoffs } = holder.standingOf({ score, language }, costs);
  holder.count({ score, language, cutoffs, costs });
  return tierOfScore({ cutoffs }, score);
}

function standing(holder: BudgetHolder, score: number, language = "en") {
  return holder.standingOf({ score, language }, listCosts);
}

function routeAll(budget: ScoreBudget, scores: readonly number[]): readonly Tier[] {
  const holder = createBudgetHolder(budget, calibration);
  return scores.map((score) => route(holder, score));
}

/** How many calls more than the share were of the tiers, at worst, and how many fewer. */
function farthestOff(tiers: readonly Tier[], counted: readonly Tier[], share: number) {
  let [excess, over, under] = [0, 0, 0];
  for (const tier of tiers) {
    excess += (counted.includes(tier) ? 1 : 0) - share;
    over = Math.max(over, excess);
    under = Math.min(under, excess);
  }
  return { over, under };
}

/** The same numbers of [0, 1) each time. */
function fixedRandom(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const calls = 3_000;
const streams: readonly (readonly [name: string, scoreOf: (index: number, random: () => number) => number])[] = [
  ["like the calibration", (_, random) => calibration[Math.floor(random() * calibration.length)] ?? 0],
  ["all of them hard", (_, random) => 0.5 + random() / 10],
  ["all of them easy", (_, random) => random() / 20],
  ["one prompt again and again", () => 0.25],
  ["two prompts in turn", (index) => (index % 2 === 0 ? 0.2 : 0.3)],
  ["mostly one prompt", (_, random) => (random() < 0.8 ? 0.2 : random())],
  ["ever harder", (index) => index / calls],
  ["ever easier", (index) => -index / calls],
  ["two workloads in turn", (index, random) => (Math.floor(index / 400) % 2 === 0 ? 0.1 : 0.6) + random() / 10],
  ["a wave", (index, random) => Math.sin(index / 60) / 2 + random() / 100],
];

describe("a budget of 30 % for the high tier", () => {
  test.each(streams)("holds for prompts that are %s", (_name, scoreOf) => {
    const random = fixedRandom();
    const scores = Array.from({ length: calls }, (_, index) => scoreOf(index, random));
    const { over, under } = farthestOff(routeAll(strong, scores), ["high"], 0.3);
    expect(over).toBeLessThanOrEqual(maxCallsOver);
    expect(under).toBeGreaterThanOrEqual(-maxCallsOver);
  });

  test("holds against who knows the cut-off", () => {
    const holder = createBudgetHolder(strong, calibration);
    for (const isGreedy of [true, false]) {
      const tiers = Array.from({ length: calls }, () => {
        const { high } = standing(holder, 0).cutoffs;
        return route(holder, isGreedy ? Math.min(1, high) : Math.max(-1, high - 1e-6));
      });
      const { over, under } = farthestOff(tiers, ["high"], 0.3);
      expect(over - under).toBeLessThanOrEqual(2 * maxCallsOver);
    }
  });

  test("holds for all languages together, and is the same for each once its scores are known", () => {
    const random = fixedRandom();
    const holder = createBudgetHolder(strong, calibration);
    const languages = ["en", "vi", "zh"];
    const routed = Array.from({ length: calls }, (_, index) => {
      const place = index % languages.length;
      // Each language has scores of its own.
      return [place, route(holder, 0.1 * place + random() / 3, listCosts, languages[place])] as const;
    });
    expect(
      farthestOff(
        routed.map(([, tier]) => tier),
        ["high"],
        0.3,
      ).over,
    ).toBeLessThanOrEqual(maxCallsOver);
    for (const place of languages.keys()) {
      const ofLanguage = routed.filter(([each], index) => each === place && index > 600);
      const share = ofLanguage.filter(([, tier]) => tier === "high").length / ofLanguage.length;
      expect(Math.abs(share - 0.3)).toBeLessThan(0.04);
    }
  });

  test("is spread evenly over equal prompts", () => {
    const tiers = routeAll(
      strong,
      Array.from({ length: 100 }, () => 0.25),
    );
    for (let from = 50; from < 100; from += 10)
      expect(tiers.slice(from, from + 10).filter((tier) => tier === "high")).toHaveLength(3);
  });
});

describe("a budget of two shares", () => {
  test.each(streams)("holds for prompts that are %s", (_name, scoreOf) => {
    const random = fixedRandom();
    const tiers = routeAll(
      three,
      Array.from({ length: calls }, (_, index) => scoreOf(index, random)),
    );
    expect(farthestOff(tiers, ["medium", "high"], 0.32).over).toBeLessThanOrEqual(maxCallsOver);
    expect(farthestOff(tiers, ["high"], 0.08).over).toBeLessThanOrEqual(maxCallsOver);
    for (const [tier, share] of [
      ["medium", 0.24],
      ["high", 0.08],
    ] as const)
      expect(Math.abs(tiers.filter((each) => each === tier).length / calls - share)).toBeLessThan(0.01);
  });

  test.each([
    ["all calls", { kind: "share", medium: 0, high: 1 }, "high"],
    ["no call", { kind: "share", medium: 0, high: 0 }, "low"],
    ["all calls, for the medium tier", { kind: "share", medium: 1, high: 0 }, "medium"],
  ] as const)("of %s gives nobody another tier", (_name, budget, tier) => {
    const random = fixedRandom();
    const scores = Array.from({ length: 500 }, () => random());
    expect(new Set(routeAll(budget, scores))).toEqual(new Set([tier]));
  });
});

describe("a budget of cost", () => {
  test.each(streams)("holds for prompts that are %s", (_name, scoreOf) => {
    const random = fixedRandom();
    const scores = Array.from({ length: calls }, (_, index) => scoreOf(index, random));
    const tiers = routeAll({ kind: "cost", ofHigh: 0.4 }, scores);
    const spent = tiers.reduce((sum, tier) => sum + listCosts[tier], 0);
    expect(Math.abs(spent / calls - 0.4) * calls).toBeLessThan(maxCallsOver);
  });

  test("holds where the medium tier's model is another one for every other call", () => {
    const random = fixedRandom();
    const holder = createBudgetHolder({ kind: "cost", ofHigh: 0.4 }, calibration);
    let spent = 0;
    for (let index = 0; index < calls; index++) {
      const costs = { ...listCosts, medium: index % 2 === 0 ? 1 : 0.0525 };
      spent += costs[route(holder, random() / 2, costs)];
    }
    expect(spent / calls).toBeCloseTo(0.4, 2);
  });

  test("gives everything to the low tier where that costs more, and soon recovers", () => {
    const random = fixedRandom();
    const holder = createBudgetHolder({ kind: "cost", ofHigh: 0.4 }, calibration);
    const dear = { low: 0.9, medium: 1, high: 1 };
    const tiers = Array.from({ length: 500 }, () => route(holder, random() / 2, dear));
    expect(tiers.slice(50)).not.toContain("high");
    const after = Array.from({ length: 200 }, () => route(holder, random() / 2));
    expect(after.slice(50)).toContain("high");
  });
});

describe("where a score stands", () => {
  test("is asked for without a trace", () => {
    const holder = createBudgetHolder(strong, calibration);
    const first = standing(holder, 0.3);
    for (let times = 0; times < 100; times++) expect(standing(holder, 0.3)).toEqual(first);
  });

  test("is its quantile: first among the usual scores, in the end among its own", () => {
    const holder = createBudgetHolder(strong, calibration);
    const [median = 0] = calibration.slice(32);
    expect(standing(holder, median).quantile).toBeCloseTo(0.5, 1);
    for (let index = 0; index < 256; index++) route(holder, 0.6 + index / 1000);
    expect(standing(holder, median).quantile).toBe(0);
    expect(standing(holder, 0.7).quantile).toBeCloseTo(100.5 / 256, 10);
  });

  test("says when every score reaches a cut-off, or none does", () => {
    const cutoffsOf = (budget: ScoreBudget) => standing(createBudgetHolder(budget, calibration), 0).cutoffs;
    expect(isReached(cutoffsOf({ kind: "share", medium: 0, high: 1 }).high)).toBe("always");
    expect(isReached(cutoffsOf({ kind: "share", medium: 0, high: 0 }).high)).toBe("never");
    expect(isReached(cutoffsOf(strong).high)).toBe("sometimes");
  });
});
