import { writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import type { RuntimeConfig } from "@meridian/config";
import { type Attempt, costNanoUsd, type HealthSnapshot, pricesAt, type Usage } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { createTokenCounter } from "@meridian/routing";
import { createCallContext } from "../call-context.js";
import { formatDecision } from "../decisions/format-decision.js";
import { openVocabularyFile } from "../edge/vocabulary.js";
import { planCall } from "../handlers/plan-call.js";
import { createLearnedModels } from "../learned/learned-models.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { trafficCall } from "./replay-traffic.js";

/** What a simulated run came to. */
export interface SimulatedRun {
  /** Calls by the model that was asked, or by "refused: " and the reason. */
  readonly shares: Readonly<Record<string, number>>;
  readonly costNanoUsd: bigint;
  /** How long each answer took, in milliseconds. */
  readonly answersMs: readonly number[];
}

/** How long each model takes to answer a call, in milliseconds; the same in every run. */
const answerMs: Readonly<Record<string, number>> = {
  "gpt-4.1": 900,
  "claude-sonnet-4.5": 1_200,
  "gemini-2.5-flash": 500,
  "deepseek-v3.2": 300,
};

/**
 * Plans the traffic by the code of the handlers, while endpoints grow slower and faster and breakers open and close, and
 * writes each decision to a file, with an answer that the first candidate gives. No socket is opened.
 */
export async function simulateDecisions(config: RuntimeConfig, file: string, calls: number): Promise<SimulatedRun> {
  const lines: string[] = [];
  const counter = createTokenCounter(openVocabularyFile());
  const models = createLearnedModels();
  await models.prepare(config.routing);
  const learned = models.routingOf(config.routing);
  const shares: Record<string, number> = {};
  const answersMs: number[] = [];
  let total = 0n;
  for (let index = 0; index < calls; index += 1) {
    const { country, request } = trafficCall(index);
    const context = createCallContext(`request-${index}`, index, "127.0.0.1");
    const attempts: Attempt[] = [];
    let reason: string | undefined;
    try {
      const call = chatCallFrom(create(ChatRequestSchema, request), context.requestId, undefined, config.routing);
      const services = {
        counter,
        config,
        health: healthAt(index),
        random: () => ((index * 7_919) % 10_007) / 10_007,
        timeOfDayMs: () => index,
        canary: { percentage: () => config.routing.canary.percentage },
        learned,
        isTrusted: () => true,
        lookupCountry: () => undefined,
      };
      const scope = { context, requestHeader: new Headers(country === "DEFAULT" ? {} : { "cf-ipcountry": country }) };
      const plan = planCall(call, scope, services, "recorded");
      if (plan.signals.learned !== undefined) learned?.count(context.tenant.name, plan.signals.learned);
      const [first] = plan.candidates;
      const [credential] = first?.credentials ?? [];
      if (first === undefined || credential === undefined) throw new Error("a plan without candidates");
      const usage = usageOf(index);
      const cost = costNanoUsd(usage, pricesAt(first.model.prices, index));
      attempts.push({
        deployment: { endpoint: first.endpoint, model: first.model, credential },
        transport: "unary",
        outcome: "ok",
        status: 200,
        startMs: 0,
        durationMs: (answerMs[first.model.id] ?? 0) * (1 + (index % 10) / 10),
        usage,
        costNanoUsd: cost,
        costProvenance: "reported",
      });
      total += cost;
      answersMs.push(attempts[0]?.durationMs ?? 0);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      reason = error.failure.kind;
    }
    const asked = attempts[0]?.deployment.model.id ?? `refused: ${reason}`;
    shares[asked] = (shares[asked] ?? 0) + 1;
    if (context.decision === undefined) continue;
    const record = {
      rpc: "Chat",
      protocol: "connect",
      requestId: context.requestId,
      tenant: context.tenant.name,
      code: reason === undefined ? "ok" : "not_found",
      reason,
      plan: context.plan,
      attempts,
      arrivedAtMs: Date.UTC(2026, 10, 22) + index,
      durationMs: attempts[0]?.durationMs ?? 0,
      firstTokenMs: undefined,
      configVersion: config.version,
    };
    lines.push(formatDecision(record, context.decision));
    // Other tests of the process go on, and limits of time are kept.
    if (index % 500 === 0) await setImmediate();
  }
  await writeFile(file, `${lines.join("\n")}\n`);
  return { shares, costNanoUsd: total, answersMs };
}

/** Every second thousand of calls one breaker or another is open, and latencies wander. */
function healthAt(index: number): HealthSnapshot {
  return {
    breaker: ({ endpoint, model, credential }) => {
      const place = `${endpoint.name}/${model.id}/${credential.name}`.length + Math.floor(index / 500);
      return place % 7 === 0 ? "open" : place % 11 === 0 ? "half_open" : "closed";
    },
    latencyMs: (endpoint, model) =>
      (index + endpoint.length) % 13 === 0 ? undefined : 100 + (((index * endpoint.length * model.length) / 7) % 90),
    inFlight: (endpoint, model) => (index * endpoint.length + model.length) % 4,
    reachability: (endpoint) => ((index + endpoint.charCodeAt(0)) % 17 === 0 ? "unreachable" : "reachable"),
    isChecked: ({ name }) => (index + name.length) % 5 !== 0,
  };
}

function usageOf(index: number): Usage {
  const completionTokens = 20 + ((index * 31) % 200);
  return {
    promptTokens: 10 + (index % 90),
    completionTokens,
    cachedTokens: 0,
    reasoningTokens: 0,
    provenance: "reported",
  };
}
