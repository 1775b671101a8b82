import {
  type BreakerState,
  type CanaryPolicy,
  type ChatCall,
  type Credential,
  deploymentId,
  type Endpoint,
  type HealthSnapshot,
  type Location,
  type Model,
  type Reachability,
  type RegionRule,
  type RoutingPolicy,
  Secret,
} from "@meridian/core";
import { shippedVersion } from "../learned/shipped-version.js";

/** A key for tests. */
export function sampleCredential(name: string, cohort?: Credential["cohort"]): Credential {
  return { name, version: "1", cohort, key: new Secret(`key-${name}`) };
}

/** An endpoint for tests with one key for both sides. */
export function sampleEndpoint(name: string, options: Partial<Endpoint> = {}): Endpoint {
  const baseUrl = `https://${name}.example/v1`;
  return { name, baseUrl, models: undefined, credentials: [sampleCredential("main")], ...options };
}

function model(id: string, outputUsd: number, fallbacks: readonly string[]): Model {
  const outputNanoUsd = BigInt(Math.round(outputUsd * 1e9));
  return {
    id,
    upstreamName: id,
    prices: {
      base: {
        inputNanoUsd: outputNanoUsd / 4n,
        outputNanoUsd,
        cachedInputNanoUsd: undefined,
        reasoningNanoUsd: undefined,
      },
      changes: [],
    },
    contextWindowTokens: 128_000,
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    fallbacks,
  };
}

function region(name: string, maxTokens: number, temperature: number): RegionRule {
  return { model: name, maxTokens, temperature };
}

/** The policy of the design: four models, the regions, the words, two endpoints. Input costs a quarter of output. */
export const samplePolicy: RoutingPolicy = {
  models: new Map(
    [
      model("gpt-4.1", 8, ["claude-sonnet-4.5", "gemini-2.5-flash"]),
      model("claude-sonnet-4.5", 15, []),
      model("gemini-2.5-flash", 2.5, ["gpt-4.1"]),
      model("deepseek-v3.2", 0.42, ["gemini-2.5-flash", "gpt-4.1"]),
    ].map((entry) => [entry.id, entry]),
  ),
  endpoints: [sampleEndpoint("singapore"), sampleEndpoint("tokyo")],
  regions: new Map([
    ["ID", region("deepseek-v3.2", 256, 0.3)],
    ["VN", region("deepseek-v3.2", 256, 0.3)],
    ["KR", region("gemini-2.5-flash", 512, 0.5)],
    ["SG", region("gpt-4.1", 1024, 0.7)],
    ["DEFAULT", region("gemini-2.5-flash", 512, 0.5)],
  ]),
  policy: "keywords",
  learned: { budget: { kind: "share", medium: 0.24, high: 0.08 }, version: shippedVersion, weights: undefined },
  keywords: {
    lowWords: ["related", "similar", "category", "tag", "match"],
    highWords: ["explain", "analyze", "compare", "evaluate", "recommend"],
    lowBelowTokens: 128,
    highAboveTokens: 512,
  },
  tierModels: { low: "deepseek-v3.2", high: "gpt-4.1" },
  aliases: new Map(),
  canary: sampleCanary({}),
  defaultTemperature: 0.7,
  defaultMaxTokens: 1000,
  maxEndpointsPerModel: 2,
};

/** A canary for tests: nobody has it, and it changes nothing. */
export function sampleCanary(options: Partial<CanaryPolicy>): CanaryPolicy {
  return {
    name: "canary",
    percentage: 0,
    salt: "2026-11",
    models: new Map(),
    rollout: undefined,
    stateFile: undefined,
    ...options,
  };
}

/** A call with one user message. */
export function sampleCall(
  question: string,
  options: Partial<Omit<ChatCall, "routing">> & { readonly routing?: Partial<ChatCall["routing"]> } = {},
): ChatCall {
  return {
    requestId: "request-1",
    model: undefined,
    body: {},
    texts: [question],
    question,
    temperature: undefined,
    maxTokens: undefined,
    choices: 1,
    user: "",
    ...options,
    routing: {
      tier: undefined,
      allowedModels: [],
      fallbacks: [],
      maxCostNanoUsd: undefined,
      commit: "first_token",
      ...options.routing,
    },
  };
}

/** Where a call comes from. */
export function sampleLocation(country: string): Location {
  return { country, source: country === "DEFAULT" ? "none" : "cf-ipcountry", clientAddress: undefined };
}

/** A snapshot in which everything is closed and unknown but for what is given. */
export function sampleHealth(known: {
  readonly breakers?: Readonly<Record<string, BreakerState>>;
  readonly latenciesMs?: Readonly<Record<string, number>>;
  readonly inFlight?: Readonly<Record<string, number>>;
  readonly reachability?: Readonly<Record<string, Reachability>>;
  /** Names of keys. */
  readonly uncheckedKeys?: readonly string[];
}): HealthSnapshot {
  return {
    breaker: (deployment) => known.breakers?.[deploymentId(deployment)] ?? "closed",
    latencyMs: (endpoint) => known.latenciesMs?.[endpoint],
    inFlight: (endpoint) => known.inFlight?.[endpoint] ?? 0,
    reachability: (endpoint) => known.reachability?.[endpoint] ?? "unknown",
    isChecked: ({ name }) => !known.uncheckedKeys?.includes(name),
  };
}
