import type { Attempt, Provenance } from "@meridian/core";
import type { CallRecord } from "@meridian/telemetry";

/** An attempt as the ledger keeps it. */
export interface LedgerAttempt {
  readonly endpoint: string;
  readonly model: string;
  /** The credential's configured name. */
  readonly credential: string;
  readonly transport: string;
  readonly outcome: string;
  /** The relay's HTTP status; 0 where none came. */
  readonly status: number;
  /** After the call arrived. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: bigint;
  readonly costSource: Provenance;
}

/** A call as the ledger keeps it: no prompt, no answer, no key, and no address. */
export interface LedgerCall {
  /** In milliseconds since 1970-01-01 UTC. */
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly tenant: string;
  readonly rpc: string;
  readonly protocol: string;
  /** "ok", or the Connect code's name. */
  readonly code: string;
  /** The failure's kind; empty for an answered call. */
  readonly reason: string;
  /** As it was routed: ISO 3166-1 alpha-2, or "DEFAULT". */
  readonly region: string;
  /** Empty for a pinned model. */
  readonly tier: string;
  readonly cohort: string;
  readonly configVersion: string;
  /** At least one, in order. */
  readonly attempts: readonly LedgerAttempt[];
}

/** The most that an integer of SQLite holds: nine billion USD. Only a relay that counts nonsense gets there. */
const maxNanoUsd = 2n ** 63n - 1n;

/** What the ledger keeps of a call; undefined where no relay was asked: such a call has cost nothing. */
export function ledgerCallOf(record: CallRecord): LedgerCall | undefined {
  const { plan, attempts } = record;
  if (plan === undefined || attempts.length === 0) return undefined;
  return {
    endedAtMs: Math.round(record.arrivedAtMs + record.durationMs),
    durationMs: Math.round(record.durationMs),
    requestId: record.requestId,
    tenant: record.tenant,
    rpc: record.rpc,
    protocol: record.protocol,
    code: record.code,
    reason: record.reason ?? "",
    region: plan.location.country,
    tier: plan.tier ?? "",
    cohort: plan.cohort,
    configVersion: record.configVersion,
    attempts: attempts.map(ledgerAttemptOf),
  };
}

function ledgerAttemptOf(attempt: Attempt): LedgerAttempt {
  const { deployment, usage } = attempt;
  return {
    endpoint: deployment.endpoint.name,
    model: deployment.model.id,
    credential: deployment.credential.name,
    transport: attempt.transport,
    outcome: attempt.outcome,
    status: attempt.status,
    startMs: Math.round(attempt.startMs),
    durationMs: Math.round(attempt.durationMs),
    promptTokens: usage?.promptTokens ?? 0,
    cachedTokens: usage?.cachedTokens ?? 0,
    completionTokens: usage?.completionTokens ?? 0,
    reasoningTokens: usage?.reasoningTokens ?? 0,
    costNanoUsd: attempt.costNanoUsd < maxNanoUsd ? attempt.costNanoUsd : maxNanoUsd,
    costSource: attempt.costProvenance,
  };
}
