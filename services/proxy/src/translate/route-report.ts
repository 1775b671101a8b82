import { create } from "@bufbuild/protobuf";
import type { Attempt, RoutePlan } from "@meridian/core";
import {
  type Attempt as AttemptMessage,
  AttemptSchema,
  type RouteReport,
  RouteReportSchema,
} from "@meridian/inference-proto";
import type { CacheUse } from "@meridian/telemetry";
import { readingMessage } from "./reading-message.js";

/** What a report is made of. */
export interface ReportSource {
  readonly requestId: string;
  readonly plan: RoutePlan;
  readonly attempts: readonly Attempt[];
  /** Who answers, where that is known before its attempt has ended. */
  readonly answering?: Attempt["deployment"] | undefined;
  readonly configVersion: string;
  /** Of the model that answers; undefined: that of who was asked last. */
  readonly model?: string | undefined;
  /** Undefined: the cache was not asked. */
  readonly cache?: CacheUse | undefined;
}

/** The report of a call, finished or not. */
export function routeReportFrom({
  requestId,
  plan,
  attempts,
  answering,
  configVersion,
  model,
  cache,
}: ReportSource): RouteReport {
  const deployment = answering ?? attempts.at(-1)?.deployment;
  return create(RouteReportSchema, {
    requestId,
    country: plan.location.country,
    countrySource: plan.location.source,
    tier: plan.tier ?? "",
    reasons: [...plan.reasons],
    model: model ?? deployment?.model.id ?? plan.model,
    endpoint: deployment?.endpoint.name ?? "",
    cohort: plan.cohort,
    cache: cache?.result ?? "bypass",
    savedCostNanoUsd: cache?.savedCostNanoUsd ?? 0n,
    attempts: attempts.map(attemptFrom),
    totalCostNanoUsd: attempts.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
    costSource: attempts.some(({ costProvenance }) => costProvenance === "estimated") ? "estimated" : "reported",
    configVersion,
    policy: plan.signals.policy,
    ...readingMessage(plan.signals),
  });
}

function attemptFrom(attempt: Attempt): AttemptMessage {
  const { deployment, usage } = attempt;
  return create(AttemptSchema, {
    endpoint: deployment.endpoint.name,
    model: deployment.model.id,
    credential: deployment.credential.name,
    outcome: attempt.outcome,
    status: attempt.status,
    startMs: Math.round(attempt.startMs),
    durationMs: Math.round(attempt.durationMs),
    promptTokens: usage?.promptTokens ?? 0,
    completionTokens: usage?.completionTokens ?? 0,
    costNanoUsd: attempt.costNanoUsd,
    costSource: attempt.costProvenance,
    transport: attempt.transport,
  });
}
