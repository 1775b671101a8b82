import {
  anonymous,
  type ChatCall,
  deploymentId,
  type HealthSnapshot,
  type RoutePlan,
  type RoutingPolicy,
  type TenantRights,
} from "@meridian/core";
import { describe, expect, test } from "vitest";
import { featuresOf, type TokenPrecision } from "./call-features.js";
import type { PlanResult } from "./plan-result.js";
import { planRoute } from "./plan-route.js";
import { counter } from "./testing/o200k-base.js";
import {
  sampleCall,
  sampleCanary,
  sampleCredential,
  sampleEndpoint,
  sampleHealth,
  sampleLocation,
  samplePolicy,
} from "./testing/sample-policy.js";

const quiet = sampleHealth({});

interface Surroundings {
  readonly country?: string;
  readonly policy?: Partial<RoutingPolicy>;
  /** Default: 0. */
  readonly canaryPercentage?: number;
  readonly rights?: Partial<TenantRights>;
  readonly health?: HealthSnapshot;
  readonly precision?: TokenPrecision;
  readonly timeOfDayMs?: number;
  /** Default: 0 always, which draws equals in configured order. */
  readonly random?: () => number;
}

function planResult(call: ChatCall, surroundings: Surroundings = {}): PlanResult {
  const {
    country = "DEFAULT",
    policy = {},
    canaryPercentage = 0,
    rights = {},
    health = quiet,
    precision = "counted",
    timeOfDayMs = 0,
    random = () => 0,
  } = surroundings;
  const whole = { ...samplePolicy, ...policy };
  return planRoute(featuresOf(call, whole, counter, precision), {
    location: sampleLocation(country),
    policy: whole,
    canaryPercentage,
    rights: { ...anonymous.rights, ...rights },
    health,
    timeOfDayMs,
    random,
  });
}

function planOf(call: ChatCall, surroundings: Surroundings = {}): RoutePlan {
  const result = planResult(call, surroundings);
  if (result.kind === "refused") throw new Error(`refused: ${result.failure.kind}`);
  return result.plan;
}

/** "model@endpoint" of each candidate. */
function route(plan: RoutePlan): readonly string[] {
  return plan.candidates.map(({ model, endpoint }) => `${model.id}@${endpoint.name}`);
}

/** The ids of the candidates' models, each once. */
function models(plan: RoutePlan): readonly string[] {
  return [...new Set(plan.candidates.map(({ model }) => model.id))];
}

/** The breakers of models at endpoints, by "endpoint/model/credential". */
function opened(...ids: string[]): HealthSnapshot {
  return sampleHealth({ breakers: Object.fromEntries(ids.map((id) => [id, "open"])) });
}

describe("the model", () => {
  test.each([
    ["VN", "deepseek-v3.2", 256, 0.3, "deepseek-v3.2: the region's model for VN"],
    ["ID", "deepseek-v3.2", 256, 0.3, "deepseek-v3.2: the region's model for ID"],
    ["KR", "gemini-2.5-flash", 512, 0.5, "gemini-2.5-flash: the region's model for KR"],
    ["SG", "gpt-4.1", 1024, 0.7, "gpt-4.1: the region's model for SG"],
    ["BR", "gemini-2.5-flash", 512, 0.5, "gemini-2.5-flash: the default region's model, BR has no rule"],
    ["DEFAULT", "gemini-2.5-flash", 512, 0.5, "gemini-2.5-flash: the default region's model, the country is not known"],
  ])("of a neutral question from %s is the region's", (country, model, maxTokens, temperature, reason) => {
    const plan = planOf(sampleCall("What is the capital of France?"), { country });
    expect(plan).toMatchObject({ model, maxTokens, temperature, tier: "medium", location: { country } });
    expect(plan.reasons).toEqual(["medium tier: no sign of a simple or a hard question", reason]);
    expect(plan.candidates[0]?.model.id).toBe(model);
  });

  test.each([
    ["a low word, in Singapore", "Find a similar category", "SG", "low", "deepseek-v3.2", 1024],
    ["a high word, in Indonesia", "Explain tides", "ID", "high", "gpt-4.1", 256],
    ["both words", "Explain the category", "KR", "high", "gpt-4.1", 512],
  ])("of a question with %s is the tier's, with the region's parameters", (...row) => {
    const [, question, country, tier, model, maxTokens] = row;
    expect(planOf(sampleCall(question), { country })).toMatchObject({ tier, model, maxTokens });
  });

  test.each([
    ["low", "deepseek-v3.2"],
    ["medium", "gemini-2.5-flash"],
    ["high", "gpt-4.1"],
  ] as const)("of the forced tier %s is the tier's, whatever the words", (tier, model) => {
    const plan = planOf(sampleCall("explain the category", { routing: { tier } }), { country: "KR" });
    expect(plan).toMatchObject({ tier, model, signals: { policy: "forced", lowWords: [], highWords: [] } });
    expect(plan.signals.promptTokensExact).toBe(true);
    expect(plan.reasons[0]).toBe(`${tier} tier: the caller asks for it`);
  });

  test("that the caller names is the only one", () => {
    const plan = planOf(
      sampleCall("Find a similar category", { model: "claude-sonnet-4.5", routing: { tier: "low" } }),
    );
    expect(plan).toMatchObject({ tier: undefined, model: "claude-sonnet-4.5", signals: { policy: "pinned" } });
    expect(plan.reasons).toEqual(["the caller names claude-sonnet-4.5"]);
    expect(models(plan)).toEqual(["claude-sonnet-4.5"]);
  });
});

describe("the parameters", () => {
  test("are the caller's first, zero included", () => {
    const plan = planOf(sampleCall("hi", { temperature: 0, maxTokens: 7 }), { country: "VN" });
    expect(plan).toMatchObject({ temperature: 0, maxTokens: 7 });
  });

  test("are the defaults where the region has none", () => {
    const bare = { model: "gpt-4.1", maxTokens: undefined, temperature: undefined };
    expect(planOf(sampleCall("hi"), { policy: { regions: new Map([["DEFAULT", bare]]) } })).toMatchObject({
      temperature: 0.7,
      maxTokens: 1000,
    });
  });
});

describe("the chain", () => {
  test.each([
    ["low", {}, ["deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1"]],
    ["high", {}, ["gpt-4.1", "claude-sonnet-4.5", "gemini-2.5-flash"]],
    ["medium, in DEFAULT", { tier: "medium" }, ["gemini-2.5-flash", "gpt-4.1"]],
    ["the caller's own", { tier: "low", fallbacks: ["claude-sonnet-4.5"] }, ["deepseek-v3.2", "claude-sonnet-4.5"]],
    [
      "the caller's own with duplicates",
      { tier: "low", fallbacks: ["gpt-4.1", "deepseek-v3.2", "gpt-4.1"] },
      ["deepseek-v3.2", "gpt-4.1"],
    ],
  ] as const)("of the tier %s", (name, routing, chain) => {
    const tier = name === "low" || name === "high" ? name : undefined;
    expect(models(planOf(sampleCall("hi", { routing: { ...(tier && { tier }), ...routing } })))).toEqual(chain);
  });

  test("of a pinned model has the fallbacks that the caller lists", () => {
    const plan = planOf(sampleCall("hi", { model: "gpt-4.1", routing: { fallbacks: ["deepseek-v3.2"] } }));
    expect(models(plan)).toEqual(["gpt-4.1", "deepseek-v3.2"]);
    expect(plan.candidates.map(({ reason }) => reason.split(";")[0])).toEqual([
      "the model that the caller names",
      "the model that the caller names",
      "a fallback that the caller lists",
      "a fallback that the caller lists",
    ]);
  });

  test("keeps the allowed models only", () => {
    const plan = planOf(sampleCall("hi", { routing: { tier: "low", allowedModels: ["gpt-4.1", "deepseek-v3.2"] } }));
    expect(models(plan)).toEqual(["deepseek-v3.2", "gpt-4.1"]);
    expect(plan.excluded).toEqual([
      { model: "gemini-2.5-flash", endpoint: undefined, reason: "not in routing.allowed_models" },
    ]);
  });

  test("gets the other allowed models, in the caller's order, where the chosen one is not allowed", () => {
    const allowedModels = ["claude-sonnet-4.5", "gpt-4.1"];
    const plan = planOf(sampleCall("hi", { routing: { tier: "low", allowedModels } }));
    expect(models(plan)).toEqual(["gpt-4.1", "claude-sonnet-4.5"]);
    expect(plan.model).toBe("gpt-4.1");
    expect(plan.reasons.at(-1)).toBe("gpt-4.1 instead: deepseek-v3.2 is left out");
    expect(plan.candidates.at(-1)?.reason).toContain("an allowed model, as deepseek-v3.2 is not one");
  });

  test("of a pinned model that is not allowed is empty: it is never swapped", () => {
    const result = planResult(sampleCall("hi", { model: "gpt-4.1", routing: { allowedModels: ["deepseek-v3.2"] } }));
    expect(result).toEqual({
      kind: "refused",
      failure: { kind: "no_candidate", excluded: ["gpt-4.1: not in routing.allowed_models"] },
      location: sampleLocation("DEFAULT"),
      excluded: [{ model: "gpt-4.1", endpoint: undefined, reason: "not in routing.allowed_models" }],
    });
  });

  test.each<[string, Parameters<typeof sampleCall>[1], string, string]>([
    ["a pinned one", { model: "gpt-9" }, "gpt-9", "model"],
    ["a fallback", { routing: { fallbacks: ["gpt-4.1", "gpt-9"] } }, "gpt-9", "routing.fallbacks[1]"],
    ["an allowed one", { routing: { allowedModels: ["gpt-9"] } }, "gpt-9", "routing.allowed_models[0]"],
    ["one with the name of an object's property", { model: "constructor" }, "constructor", "model"],
  ])("refuses a model that nobody knows: %s", (_name, options, model, field) => {
    expect(planResult(sampleCall("hi", options))).toMatchObject({
      kind: "refused",
      failure: { kind: "unknown_model", model, field },
    });
  });

  test("says so where the configuration names a model that it does not have", () => {
    const tierModels = { low: "gone", high: "gpt-4.1" };
    expect(planResult(sampleCall("tag"), { policy: { tierModels } })).toMatchObject({
      failure: { kind: "no_candidate", excluded: ["gone: not in the catalogue"] },
    });
    const withFallback = planOf(sampleCall("tag", { routing: { fallbacks: ["gpt-4.1"] } }), { policy: { tierModels } });
    expect(models(withFallback)).toEqual(["gpt-4.1"]);
  });
});

describe("the cost", () => {
  // 4 tokens of prompt and 512 of answer in DEFAULT.
  const question = "Find a similar category";

  test("is the prompt at the input price and the largest answer at the output price, for each choice", () => {
    const [first] = planOf(sampleCall(question, { choices: 3, maxTokens: 100 })).candidates;
    // deepseek: 4 x 105 nano-USD + 3 x 100 x 420 nano-USD.
    expect(first?.model.id).toBe("deepseek-v3.2");
    expect(first?.estimatedCostNanoUsd).toBe(4n * 105n + 300n * 420n);
  });

  test("leaves out the models above the caller's limit", () => {
    const cheapest = 4n * 105n + 512n * 420n;
    const plan = planOf(sampleCall(question, { routing: { maxCostNanoUsd: cheapest } }));
    expect(models(plan)).toEqual(["deepseek-v3.2"]);
    expect(plan.excluded.map(({ model }) => model)).toEqual(["gemini-2.5-flash", "gpt-4.1"]);
    expect(plan.excluded[0]?.reason).toBe(
      `its estimate of ${4n * 625n + 512n * 2500n} nano-USD is above routing.max_cost_nano_usd, ${cheapest}`,
    );
    const result = planResult(sampleCall(question, { routing: { maxCostNanoUsd: cheapest - 1n } }));
    expect(result).toMatchObject({ kind: "refused", failure: { kind: "no_candidate" } });
  });

  test.each([0n, 1_000n])("of a pinned model is limited too: %d", (maxCostNanoUsd) => {
    const call = sampleCall(question, { model: "gpt-4.1", routing: { maxCostNanoUsd } });
    expect(planResult(call)).toMatchObject({ kind: "refused", failure: { kind: "no_candidate" } });
  });

  test("counts the whole of a prompt that the tier's count stopped in", () => {
    const text = "word ".repeat(1000);
    const prompt = BigInt(counter.count([text], Number.POSITIVE_INFINITY).tokens);
    expect(prompt).toBeGreaterThan(999n);
    for (const precision of ["counted", "decided"] as const) {
      const call = sampleCall(text, { maxTokens: 1, routing: { maxCostNanoUsd: 1_000_000_000n } });
      expect(planOf(call, { precision }).candidates[0]?.estimatedCostNanoUsd).toBe(prompt * 2000n + 8000n);
    }
  });

  test("leans high for a prompt too long to count", () => {
    const lines = Array.from({ length: 20_000 }, (_, line) => `${line}: many words about nothing, again and again.\n`);
    const text = lines.join("");
    const tokens = BigInt(counter.count([text], Number.POSITIVE_INFINITY).tokens);
    const cost = planOf(sampleCall(text, { maxTokens: 1 })).candidates[0]?.estimatedCostNanoUsd ?? 0n;
    expect(cost).toBeGreaterThanOrEqual(tokens * 2000n);
    expect(cost).toBeLessThan(tokens * 2400n);
  });

  test.each([
    ["before a change of prices", 999, 2000n],
    ["from its moment on, reasoning being dearer now", 1_000, 5000n],
  ])("is that of the time: %s", (_name, timeOfDayMs, tokenNanoUsd) => {
    const models = new Map(samplePolicy.models);
    const model = models.get("gpt-4.1") ?? expect.unreachable();
    const prices = { ...model.prices.base, inputNanoUsd: 0n, outputNanoUsd: 2_000_000_000n };
    const changes = [{ validFromMs: 1_000, prices: { ...prices, reasoningNanoUsd: 5_000_000_000n } }];
    models.set("gpt-4.1", { ...model, prices: { base: prices, changes } });
    const call = sampleCall("hi", { model: "gpt-4.1", maxTokens: 10 });
    const plan = planOf(call, { policy: { models }, timeOfDayMs });
    expect(plan.candidates[0]?.estimatedCostNanoUsd).toBe(tokenNanoUsd * 10n);
  });

  test("does not look at the prompt where no model bills it", () => {
    const free = [...samplePolicy.models].map(
      ([id, model]) =>
        [id, { ...model, prices: { ...model.prices, base: { ...model.prices.base, inputNanoUsd: 0n } } }] as const,
    );
    const noCounter = {
      count: () => {
        throw new Error("not to be asked");
      },
    };
    const policy = { ...samplePolicy, models: new Map(free) };
    const call = sampleCall("explain", { routing: { maxCostNanoUsd: 10_000_000n } });
    const location = sampleLocation("DEFAULT");
    const context = {
      location,
      policy,
      canaryPercentage: 0,
      rights: anonymous.rights,
      health: quiet,
      timeOfDayMs: 0,
      random: () => 0,
    } as const;
    const result = planRoute(featuresOf(call, policy, noCounter, "decided"), context);
    expect(result).toMatchObject({ kind: "planned", plan: { model: "gpt-4.1" } });
  });
});

describe("the endpoints", () => {
  const endpoints = ["tokyo", "london", "virginia", "sydney", "frankfurt"].map((name) => sampleEndpoint(name));
  const pinned = sampleCall("hi", { model: "gpt-4.1" });

  test("stand by latency, then not measured, then unreachable, each in configured order", () => {
    const health = sampleHealth({
      latenciesMs: { virginia: 12.4, london: 80, tokyo: 5 },
      reachability: { tokyo: "unreachable", london: "reachable", virginia: "reachable" },
    });
    const plan = planOf(pinned, { policy: { endpoints, maxEndpointsPerModel: 5 }, health });
    expect(plan.candidates.map(({ endpoint, latencyMs, reason }) => [endpoint.name, latencyMs, reason])).toEqual([
      ["virginia", 12.4, "the model that the caller names; fastest endpoint, 12 ms"],
      ["london", 80, "the model that the caller names; next endpoint, 80 ms"],
      ["sydney", undefined, "the model that the caller names; endpoint not measured yet"],
      ["frankfurt", undefined, "the model that the caller names; endpoint not measured yet"],
      ["tokyo", undefined, "the model that the caller names; endpoint did not answer its last probe"],
    ]);
  });

  test("whose keys are all new stand after the others until a key is checked", () => {
    const fresh = ["fresh", "fresher"].map((name) => sampleCredential(name));
    const [tokyo, london] = [sampleEndpoint("tokyo", { credentials: fresh }), sampleEndpoint("london")];
    const routeWith = (...uncheckedKeys: readonly string[]) => {
      const health = sampleHealth({ latenciesMs: { tokyo: 5, london: 80 }, uncheckedKeys });
      return planOf(pinned, { policy: { endpoints: [tokyo, london] }, health }).candidates;
    };
    expect(routeWith("fresh", "fresher").map(({ endpoint, reason }) => [endpoint.name, reason])).toEqual([
      ["london", "the model that the caller names; fastest endpoint, 80 ms"],
      ["tokyo", "the model that the caller names; endpoint whose new key has not been checked yet"],
    ]);
    const [first] = routeWith("fresh");
    expect(first?.endpoint.name).toBe("tokyo");
    expect(first?.credentials.map(({ name }) => name)).toEqual(["fresher", "fresh"]);
  });

  test("are measured for the model that is asked", () => {
    const health = { ...quiet, latencyMs: (_endpoint: string, model: string) => (model === "gpt-4.1" ? 7 : 70) };
    const [first] = planOf(pinned, { policy: { endpoints }, health }).candidates;
    expect(first?.latencyMs).toBe(7);
  });

  test("are no more than the policy says, and the others are listed", () => {
    const plan = planOf(pinned, { policy: { endpoints } });
    expect(route(plan)).toEqual(["gpt-4.1@tokyo", "gpt-4.1@london"]);
    expect(plan.excluded).toEqual(
      ["virginia", "sydney", "frankfurt"].map((endpoint) => ({
        model: "gpt-4.1",
        endpoint,
        reason: "a plan holds the best 2 endpoints of a model",
      })),
    );
  });

  test("are those that serve the model", () => {
    const some = [
      sampleEndpoint("tokyo", { models: ["deepseek-v3.2"] }),
      sampleEndpoint("london", { models: ["gpt-4.1"] }),
    ];
    const plan = planOf(sampleCall("tag"), { policy: { endpoints: some } });
    expect(route(plan)).toEqual(["deepseek-v3.2@tokyo", "gpt-4.1@london"]);
    expect(plan.excluded).toContainEqual({
      model: "gemini-2.5-flash",
      endpoint: undefined,
      reason: "no endpoint serves it",
    });
  });

  test("with an open breaker come after all other models, and say so", () => {
    const health = opened("singapore/deepseek-v3.2/main", "tokyo/deepseek-v3.2/main", "singapore/gpt-4.1/main");
    const plan = planOf(sampleCall("tag"), { health });
    expect(route(plan)).toEqual([
      "gemini-2.5-flash@singapore",
      "gemini-2.5-flash@tokyo",
      "gpt-4.1@tokyo",
      "deepseek-v3.2@singapore",
      "deepseek-v3.2@tokyo",
      "gpt-4.1@singapore",
    ]);
    expect(plan.candidates.map(({ breaker }) => breaker === "open")).toEqual([false, false, false, true, true, true]);
    expect(plan.candidates[3]?.reason).toContain("after all others, its circuit breaker is open");
    expect(plan.model).toBe("deepseek-v3.2");
  });

  test("with an open breaker leave their place to the next best", () => {
    const plan = planOf(pinned, { policy: { endpoints }, health: opened("tokyo/gpt-4.1/main") });
    expect(route(plan)).toEqual(["gpt-4.1@london", "gpt-4.1@virginia"]);
  });

  test("with a half-open breaker keep their place", () => {
    const health = sampleHealth({ breakers: { "singapore/gpt-4.1/main": "half_open" } });
    const plan = planOf(pinned, { health });
    expect(route(plan)).toEqual(["gpt-4.1@singapore", "gpt-4.1@tokyo"]);
    expect(plan.candidates[0]?.breaker).toBe("half_open");
  });
});

describe("endpoints that are equals", () => {
  const endpoints = ["tokyo", "london", "virginia", "sydney"].map((name) => sampleEndpoint(name));
  const pinned = sampleCall("hi", { model: "gpt-4.1" });
  const fast = { tokyo: 100, london: 110, virginia: 120 };

  /** Names of the endpoints in order, drawn by these numbers. */
  const order = (health: Parameters<typeof sampleHealth>[0], ...numbers: readonly number[]) => {
    const left = [...numbers];
    const policy = { endpoints, maxEndpointsPerModel: 4 };
    const random = () => left.shift() ?? 0;
    return planOf(pinned, { policy, health: sampleHealth(health), random }).candidates.map(
      ({ endpoint }) => endpoint.name,
    );
  };

  test.each([
    ["a share of the best", { tokyo: 1_000, london: 1_200, virginia: 1_201, sydney: 2_000 }, 2],
    ["some milliseconds", { tokyo: 0, london: 5, virginia: 5.1, sydney: 10 }, 2],
    ["all of them", { tokyo: 10, london: 9, virginia: 8, sydney: 11 }, 4],
    ["none but the best", { tokyo: 100, london: 200, virginia: 200, sydney: 200 }, 1],
    ["none that is not measured", { tokyo: 100 }, 1],
    ["those not measured", {}, 4],
  ])("differ by no more than the tolerance: %s", (_name, latenciesMs, equals) => {
    const policy = { endpoints, maxEndpointsPerModel: 4 };
    const { candidates } = planOf(pinned, { policy, health: sampleHealth({ latenciesMs }) });
    const said = candidates.map(({ reason }) => /one of (\d)/.exec(reason)?.[1]);
    expect(said).toEqual(candidates.map((_, index) => (equals > 1 && index < equals ? String(equals) : undefined)));
  });

  test.each([
    [
      [0, 0],
      ["tokyo", "london", "virginia", "sydney"],
    ],
    [
      [0, 0.99],
      ["tokyo", "virginia", "london", "sydney"],
    ],
    [
      [0.5, 0],
      ["london", "tokyo", "virginia", "sydney"],
    ],
    [
      [0.99, 0.99],
      ["virginia", "london", "tokyo", "sydney"],
    ],
  ])("change places by the numbers drawn, and only they: %j", (numbers, expected) => {
    expect(order({ latenciesMs: { ...fast, sydney: 300 } }, ...numbers)).toEqual(expected);
  });

  test("start with the one of the two drawn that has fewer attempts under way", () => {
    const latenciesMs = { ...fast, sydney: 300 };
    const inFlight = { tokyo: 3, london: 2, virginia: 0, sydney: 0 };
    expect(order({ latenciesMs, inFlight }, 0, 0)).toEqual(["london", "tokyo", "virginia", "sydney"]);
    expect(order({ latenciesMs, inFlight }, 0, 0.99)).toEqual(["virginia", "tokyo", "london", "sydney"]);
  });

  test("are drawn among those not measured too", () => {
    expect(order({}, 0.99, 0.99)).toEqual(["sydney", "virginia", "tokyo", "london"]);
  });

  test("say so", () => {
    const reasons = (latenciesMs: Readonly<Record<string, number>>) =>
      planOf(pinned, { policy: { endpoints }, health: sampleHealth({ latenciesMs }) }).candidates.map(({ reason }) =>
        reason.replace(/.*; /, ""),
      );
    expect(reasons(fast)).toEqual([
      "one of 3 equally fast endpoints, 100 ms",
      "one of 3 equally fast endpoints, 110 ms",
    ]);
    expect(reasons({})).toEqual(Array(2).fill("endpoint not measured yet, one of 4 such"));
  });

  test("keep a half-open one among them, so that somebody finds out whether it is well", () => {
    const breakers = { "virginia/gpt-4.1/main": "half_open" } as const;
    const inFlight = { tokyo: 1, london: 1 };
    expect(order({ latenciesMs: fast, breakers, inFlight }, 0, 0.99)[0]).toBe("virginia");
  });
});

describe("the canary's models", () => {
  const canary = sampleCanary({ models: new Map([["deepseek-v3.2", "claude-sonnet-4.5"]]) });
  const planned = (options: Parameters<typeof sampleCall>[1], canaryPercentage: number) => {
    const call = sampleCall("Find a similar category", { user: "anna", ...options });
    return planOf(call, { policy: { canary }, canaryPercentage });
  };

  test.each([
    ["take the place of a tier's", {}, 100, "claude-sonnet-4.5"],
    ["are not for baseline users", {}, 0, "deepseek-v3.2"],
    ["are not for callers that name no user", { user: "" }, 100, "deepseek-v3.2"],
    ["are not for callers that name a model", { model: "deepseek-v3.2" }, 100, "deepseek-v3.2"],
    ["leave other models in their place", { routing: { tier: "high" } }, 100, "gpt-4.1"],
  ] as const)("%s", (_name, options, percentage, model) => {
    expect(planned(options, percentage).model).toBe(model);
  });

  test("take the place of a region's", () => {
    const call = sampleCall("Good morning", { user: "anna" });
    const plan = planOf(call, { country: "ID", policy: { canary }, canaryPercentage: 100 });
    expect(plan.reasons.at(-1)).toBe(
      "claude-sonnet-4.5: the canary's model in place of deepseek-v3.2, the region's model for ID",
    );
  });
});

describe("the keys", () => {
  const keys = [
    sampleCredential("canary", "canary"),
    sampleCredential("new"),
    sampleCredential("baseline", "baseline"),
    sampleCredential("old"),
  ];
  const names = (user: string, canaryPercentage: number, health = quiet, credentials = keys) => {
    const endpoints = [sampleEndpoint("tokyo", { credentials })];
    const call = sampleCall("hi", { user, model: "gpt-4.1" });
    const plan = planOf(call, { policy: { endpoints }, canaryPercentage, health });
    return [plan.cohort, ...(plan.candidates[0]?.credentials.map(({ name }) => name) ?? [])];
  };

  test.each([
    ["a canary user", "anna", 100, ["canary", "canary", "new", "old", "baseline"]],
    ["a baseline user", "anna", 0, ["baseline", "baseline", "new", "old", "canary"]],
    ["nobody in particular", "", 100, ["baseline", "baseline", "new", "old", "canary"]],
  ])("of %s", (_name, user, percentage, order) => {
    expect(names(user, percentage)).toEqual(order);
  });

  test("with an open breaker come after the others", () => {
    const id = (name: string) => `tokyo/gpt-4.1/${name}`;
    expect(names("anna", 100, opened(id("canary"), id("new")))).toEqual(["canary", "old", "baseline", "canary", "new"]);
  });

  test("of the canary are never a baseline user's first, whatever the breakers say", () => {
    const ids = ["new", "baseline", "old"].map((name) => `tokyo/gpt-4.1/${name}`);
    expect(names("anna", 0, opened(...ids))).toEqual(["baseline", "baseline", "new", "old", "canary"]);
  });

  test("of the canary alone leave a baseline user without the endpoint", () => {
    const endpoints = [sampleEndpoint("tokyo", { credentials: keys.slice(0, 1) }), sampleEndpoint("london")];
    const plan = planOf(sampleCall("hi", { user: "anna", model: "gpt-4.1" }), { policy: { endpoints } });
    expect(route(plan)).toEqual(["gpt-4.1@london"]);
    expect(plan.excluded[0]).toEqual({
      model: "gpt-4.1",
      endpoint: "tokyo",
      reason: "its keys are for the canary only",
    });
  });

  test("decide the place of an endpoint by the breaker of the first", () => {
    const [rotated, tokyo] = [sampleEndpoint("rotated", { credentials: keys.slice(1) }), sampleEndpoint("tokyo")];
    const model = samplePolicy.models.get("gpt-4.1");
    if (model === undefined) throw new Error("the sample has no gpt-4.1");
    const all = rotated.credentials.map((credential) => deploymentId({ endpoint: rotated, model, credential }));
    const policy = { endpoints: [rotated, tokyo] };
    const call = sampleCall("hi", { model: "gpt-4.1" });
    expect(route(planOf(call, { policy, health: opened(...all.slice(0, 2)) }))[0]).toBe("gpt-4.1@rotated");
    expect(route(planOf(call, { policy, health: opened(...all) }))[0]).toBe("gpt-4.1@tokyo");
  });
});

describe("a plan", () => {
  test("carries the canary's bucket and side", () => {
    const plan = planOf(sampleCall("hi", { user: "anna" }), { canaryPercentage: 100 });
    expect(plan).toMatchObject({ cohort: "canary", hasUser: true });
    expect(plan.canaryBucket).toBeGreaterThanOrEqual(0);
    expect(plan.canaryBucket).toBeLessThan(10_000);
  });

  test("is the same for the same arguments, and in both precisions but for the counts", () => {
    for (const question of [
      "hi",
      "Find a similar category",
      "explain",
      "word ".repeat(400),
      "\ud800".repeat(100_000),
    ]) {
      const plan = planOf(sampleCall(question, { user: "anna" }));
      expect(planOf(sampleCall(question, { user: "anna" }))).toEqual(plan);
      const decided = planOf(sampleCall(question, { user: "anna" }), { precision: "decided" });
      expect([decided.tier, decided.model, route(decided)]).toEqual([plan.tier, plan.model, route(plan)]);
    }
  });

  test("needs a DEFAULT region", () => {
    expect(() => planResult(sampleCall("hi"), { policy: { regions: new Map() } })).toThrow(TypeError);
  });
});
