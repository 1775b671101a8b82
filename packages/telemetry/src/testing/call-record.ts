import { type Attempt, type RoutePlan, Secret } from "@meridian/core";
import type { CallRecord } from "../recorder.js";

/** What a test says of an attempt. */
export interface AttemptParts extends Partial<Omit<Attempt, "deployment">> {
  readonly endpoint?: string;
  readonly model?: string;
}

/** An attempt: answered by gpt-4.1 at tokyo unless told otherwise. */
export function attemptOf({ endpoint = "tokyo", model = "gpt-4.1", ...parts }: AttemptParts = {}): Attempt {
  return {
    deployment: {
      endpoint: { name: endpoint, baseUrl: "http://relay.example/v1", models: undefined, credentials: [] },
      model: {
        id: model,
        upstreamName: model,
        prices: {
          base: { inputNanoUsd: 0n, outputNanoUsd: 0n, cachedInputNanoUsd: undefined, reasoningNanoUsd: undefined },
          changes: [],
        },
        contextWindowTokens: 1,
        requestsPerMinute: undefined,
        tokensPerMinute: undefined,
        fallbacks: [],
      },
      credential: { name: "key", version: "1", cohort: undefined, key: new Secret("sk-test") },
    },
    transport: "unary",
    outcome: "ok",
    status: 200,
    startMs: 0,
    durationMs: 300,
    usage: undefined,
    costNanoUsd: 0n,
    costProvenance: "reported",
    ...parts,
  };
}

/** A plan for gpt-4.1 from Indonesia unless told otherwise. */
export function planOf(parts: Partial<RoutePlan> = {}): RoutePlan {
  return {
    location: { country: "ID", source: "cf-ipcountry", clientAddress: undefined },
    tier: "high",
    signals: { policy: "keywords", promptTokens: 1, promptTokensExact: true, lowWords: [], highWords: [] },
    reasons: [],
    model: "gpt-4.1",
    canaryBucket: 0,
    cohort: "baseline",
    hasUser: false,
    temperature: 1,
    maxTokens: 1,
    candidates: [],
    excluded: [],
    ...parts,
  };
}

/** A call that was answered. */
export function callRecordOf(parts: Partial<CallRecord> = {}): CallRecord {
  return {
    rpc: "Chat",
    protocol: "connect",
    requestId: "request",
    tenant: "search",
    code: "ok",
    reason: undefined,
    plan: planOf(),
    attempts: [attemptOf()],
    arrivedAtMs: 0,
    durationMs: 300,
    firstTokenMs: undefined,
    configVersion: "1",
    ...parts,
  };
}
