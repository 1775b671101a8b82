import { type Attempt, type Deployment, type RoutePlan, Secret } from "@meridian/core";

/** A deployment, for tests that only look at its names. */
export const exampleDeployment: Deployment = {
  endpoint: { name: "tokyo", baseUrl: "http://relay.example/v1", models: undefined, credentials: [] },
  model: {
    id: "gpt-4.1",
    upstreamName: "openai/gpt-4.1",
    prices: {
      base: {
        inputNanoUsd: 0n,
        outputNanoUsd: 8_000_000_000n,
        cachedInputNanoUsd: undefined,
        reasoningNanoUsd: undefined,
      },
      changes: [],
    },
    contextWindowTokens: 1_000_000,
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    fallbacks: [],
  },
  credential: { name: "default", version: "1", cohort: undefined, key: new Secret("sk-test") },
};

/** A plan, for tests that only look at what is reported of it. */
export const examplePlan: RoutePlan = {
  location: { country: "ID", source: "cf-ipcountry", clientAddress: undefined },
  tier: "low",
  signals: { policy: "keywords", promptTokens: 5, promptTokensExact: true, lowWords: ["similar"], highWords: [] },
  reasons: ["a low word"],
  model: "deepseek-v3.2",
  canaryBucket: 17,
  hasUser: false,
  cohort: "baseline",
  temperature: 0.3,
  maxTokens: 256,
  candidates: [],
  excluded: [],
};

/** An attempt that was answered. */
export const exampleAttempt: Attempt = {
  deployment: exampleDeployment,
  transport: "unary",
  outcome: "ok",
  status: 200,
  startMs: 1.4,
  durationMs: 20.6,
  usage: { promptTokens: 5, completionTokens: 7, cachedTokens: 2, reasoningTokens: 3, provenance: "reported" },
  costNanoUsd: 56_000n,
  costProvenance: "reported",
};
