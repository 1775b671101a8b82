import type { Attempt, Decision, RoutePlan } from "@meridian/core";
import type { CallRecord } from "@meridian/telemetry";
import { decisionVersion, type PlanSummary } from "./decision-line.js";

/** The line of a call whose decision was taken down; see `decisionLineSchema`. */
export function formatDecision(record: CallRecord, decision: Decision): string {
  const { requestId, rpc, protocol, tenant, configVersion, plan, code, reason } = record;
  const line = {
    v: decisionVersion,
    at: new Date(record.arrivedAtMs).toISOString(),
    requestId,
    rpc,
    protocol,
    tenant,
    configVersion,
    decision: { ...decision, features: { ...decision.features, routing: routingOf(decision) } },
    plan: plan && planSummary(plan),
    outcome: {
      code,
      reason,
      durationMs: rounded(record.durationMs),
      firstTokenMs: record.firstTokenMs === undefined ? undefined : rounded(record.firstTokenMs),
      attempts: record.attempts.map(attemptOf),
    },
  };
  return JSON.stringify(line, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** What of a plan is recorded. */
export function planSummary({ tier, model, cohort, temperature, maxTokens, candidates }: RoutePlan): PlanSummary {
  return {
    tier,
    model,
    cohort,
    temperature,
    maxTokens,
    candidates: candidates.map((candidate) => ({
      model: candidate.model.id,
      endpoint: candidate.endpoint.name,
      credentials: candidate.credentials.map(({ name }) => name),
      breaker: candidate.breaker,
      estimatedCostNanoUsd: candidate.estimatedCostNanoUsd,
    })),
  };
}

function routingOf({ features: { routing } }: Decision): Decision["features"]["routing"] {
  const { tier, allowedModels, fallbacks, maxCostNanoUsd } = routing;
  return { tier, allowedModels, fallbacks, maxCostNanoUsd };
}

function attemptOf({ deployment, transport, outcome, startMs, durationMs, ...attempt }: Attempt) {
  const { usage, costNanoUsd, costProvenance } = attempt;
  return {
    model: deployment.model.id,
    endpoint: deployment.endpoint.name,
    transport,
    outcome,
    startMs: rounded(startMs),
    durationMs: rounded(durationMs),
    usage,
    costNanoUsd,
    costProvenance,
  };
}

/** To a tenth of a millisecond. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
