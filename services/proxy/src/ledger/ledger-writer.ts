import type { DatabaseSync } from "node:sqlite";
import type { LedgerCall } from "./ledger-call.js";

/** Writes calls into an open ledger. */
export interface LedgerWriter {
  /**
   * Writes calls in one transaction: all of them or, where it throws, none. With it go the oldest of the calls that ended
   * before `keepFromMs` (milliseconds since 1970-01-01 UTC), a thousand at most, so that no write takes long.
   */
  write(calls: readonly LedgerCall[], keepFromMs: number): void;
}

const maxForgottenCalls = 1_000;

/** Creates the writer of a database that was opened to be written. */
export function createLedgerWriter(database: DatabaseSync): LedgerWriter {
  const insertCall = database.prepare(`
    INSERT INTO calls (ended_at_ms, duration_ms, request_id, tenant, rpc, protocol, code, reason, region, tier, cohort, config_version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertAttempt = database.prepare(`
    INSERT INTO attempts (call_id, number, endpoint, model, credential, transport, outcome, status, start_ms, duration_ms,
      prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_nano_usd, cost_source)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const oldest = `SELECT id FROM calls WHERE ended_at_ms < ? ORDER BY ended_at_ms, id LIMIT ${maxForgottenCalls}`;
  const forgetAttempts = database.prepare(`DELETE FROM attempts WHERE call_id IN (${oldest})`);
  const forgetCalls = database.prepare(`DELETE FROM calls WHERE id IN (${oldest})`);

  const insert = (call: LedgerCall) => {
    const { lastInsertRowid: id } = insertCall.run(
      call.endedAtMs,
      call.durationMs,
      call.requestId,
      call.tenant,
      call.rpc,
      call.protocol,
      call.code,
      call.reason,
      call.region,
      call.tier,
      call.cohort,
      call.configVersion,
    );
    call.attempts.forEach((attempt, number) => {
      insertAttempt.run(
        id,
        number,
        attempt.endpoint,
        attempt.model,
        attempt.credential,
        attempt.transport,
        attempt.outcome,
        attempt.status,
        attempt.startMs,
        attempt.durationMs,
        attempt.promptTokens,
        attempt.cachedTokens,
        attempt.completionTokens,
        attempt.reasoningTokens,
        attempt.costNanoUsd,
        attempt.costSource,
      );
    });
  };

  return {
    write(calls, keepFromMs) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const call of calls) insert(call);
        forgetAttempts.run(keepFromMs);
        forgetCalls.run(keepFromMs);
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}
