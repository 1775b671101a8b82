import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { LedgerError } from "./ledger-database.js";

/** What costs are summed by, and what it is in the file. Times are of UTC, and of the call's end. */
const columns = {
  model: "attempts.model",
  tenant: "calls.tenant",
  region: "calls.region",
  endpoint: "attempts.endpoint",
  credential: "attempts.credential",
  cohort: "calls.cohort",
  tier: "calls.tier",
  rpc: "calls.rpc",
  outcome: "attempts.outcome",
  month: "strftime('%Y-%m', calls.ended_at_ms / 1000, 'unixepoch')",
  day: "strftime('%Y-%m-%d', calls.ended_at_ms / 1000, 'unixepoch')",
  hour: "strftime('%Y-%m-%dT%H:00Z', calls.ended_at_ms / 1000, 'unixepoch')",
} as const;

/** What costs can be summed by. */
export type CostKey = keyof typeof columns;

/** All of them. */
export const costKeys: readonly string[] = Object.keys(columns);

/** Whether a word is one of them. */
export function isCostKey(word: string): word is CostKey {
  return costKeys.includes(word);
}

/** Of whose calls, and of when. */
export interface CostFilter {
  /** The first moment, in milliseconds since 1970-01-01 UTC. Calls count by when they ended. */
  readonly sinceMs: number;
  /** The first moment after it. */
  readonly untilMs: number;
  /** Undefined: all. */
  readonly tenant: string | undefined;
}

/** What came together. */
export interface CostSum {
  /** In the order of what it was summed by. */
  readonly keys: readonly string[];
  /** Calls with an attempt here; one that has some in several rows counts in each. */
  readonly calls: bigint;
  readonly attempts: bigint;
  readonly promptTokens: bigint;
  readonly cachedTokens: bigint;
  readonly completionTokens: bigint;
  readonly reasoningTokens: bigint;
  /** Of attempts whose relay reported its tokens. */
  readonly reportedNanoUsd: bigint;
  /** Of the others. */
  readonly estimatedNanoUsd: bigint;
}

const from = `FROM calls JOIN attempts ON attempts.call_id = calls.id
  WHERE calls.ended_at_ms >= :sinceMs AND calls.ended_at_ms < :untilMs AND (:tenant IS NULL OR calls.tenant = :tenant)`;

/**
 * Sums what attempts have cost, in integers: the dearest first, but in the order of time where it is one of the keys.
 * Without keys there is one row, or none where there were no calls.
 *
 * @throws LedgerError where a sum is above 2^63 - 1 nano-USD
 */
export function sumCosts(database: DatabaseSync, by: readonly CostKey[], filter: CostFilter): readonly CostSum[] {
  const keys = by.map((key, index) => `${columns[key]} AS key${index}`);
  const names = by.map((_, index) => `key${index}`);
  const times = names.filter((_, index) => /^(month|day|hour)$/.test(by[index] ?? ""));
  const statement = database.prepare(`
    SELECT ${[...keys, ""].join(", ")}
      count(DISTINCT calls.id) AS calls,
      count(*) AS attempts,
      sum(prompt_tokens) AS prompt_tokens,
      sum(cached_tokens) AS cached_tokens,
      sum(completion_tokens) AS completion_tokens,
      sum(reasoning_tokens) AS reasoning_tokens,
      coalesce(sum(cost_nano_usd) FILTER (WHERE cost_source = 'reported'), 0) AS reported,
      coalesce(sum(cost_nano_usd) FILTER (WHERE cost_source <> 'reported'), 0) AS estimated
    ${from}
    ${names.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${names.join(", ")}`}
    ORDER BY ${[...times, "sum(cost_nano_usd) DESC", ...names].join(", ")}`);
  statement.setReadBigInts(true);
  try {
    return statement.all({ ...filter, tenant: filter.tenant ?? null }).map((row) => ({
      keys: names.map((name) => String(row[name])),
      calls: integer(row["calls"]),
      attempts: integer(row["attempts"]),
      promptTokens: integer(row["prompt_tokens"]),
      cachedTokens: integer(row["cached_tokens"]),
      completionTokens: integer(row["completion_tokens"]),
      reasoningTokens: integer(row["reasoning_tokens"]),
      reportedNanoUsd: integer(row["reported"]),
      estimatedNanoUsd: integer(row["estimated"]),
    }));
  } catch (error) {
    if (!(error instanceof Error && error.message === "integer overflow")) throw error;
    throw new LedgerError("a sum is above 9,223,372,036 USD, and cannot be told; ask for less at once");
  }
}

/** Calls of one page of an export. */
const pageCalls = 500;

/**
 * Every attempt with what is known of its call, in the order of the calls' ends, as records for JSON. Read in pages: one that
 * takes its time holds neither memory nor whoever writes.
 */
export function* exportAttempts(
  database: DatabaseSync,
  filter: CostFilter,
): Generator<Readonly<Record<string, unknown>>> {
  const page = database.prepare(`
    SELECT page.*, attempts.*, attempts.duration_ms AS attempt_duration_ms
    FROM (
      SELECT * FROM calls
      WHERE (ended_at_ms, id) > (:afterMs, :afterId) AND ended_at_ms < :untilMs AND (:tenant IS NULL OR tenant = :tenant)
      ORDER BY ended_at_ms, id LIMIT ${pageCalls}
    ) AS page JOIN attempts ON attempts.call_id = page.id
    ORDER BY page.ended_at_ms, page.id, attempts.number`);
  page.setReadBigInts(true);
  const { untilMs, tenant = null } = filter;
  let afterMs: SQLOutputValue = BigInt(filter.sinceMs) - 1n;
  let afterId: SQLOutputValue = 2n ** 63n - 1n;
  for (;;) {
    const rows: readonly Readonly<Record<string, SQLOutputValue>>[] = page.all({ afterMs, afterId, untilMs, tenant });
    for (const row of rows) yield attemptRecord(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    afterMs = last["ended_at_ms"] ?? null;
    afterId = last["call_id"] ?? null;
  }
}

function attemptRecord(row: Readonly<Record<string, SQLOutputValue>>): Readonly<Record<string, unknown>> {
  const number = (name: string) => Number(row[name]);
  return {
    endedAt: new Date(number("ended_at_ms")).toISOString(),
    requestId: row["request_id"],
    tenant: row["tenant"],
    rpc: row["rpc"],
    protocol: row["protocol"],
    code: row["code"],
    reason: row["reason"],
    region: row["region"],
    tier: row["tier"],
    cohort: row["cohort"],
    configVersion: row["config_version"],
    attempt: number("number") + 1,
    endpoint: row["endpoint"],
    model: row["model"],
    credential: row["credential"],
    transport: row["transport"],
    outcome: row["outcome"],
    status: number("status"),
    startMs: number("start_ms"),
    durationMs: number("attempt_duration_ms"),
    promptTokens: number("prompt_tokens"),
    cachedTokens: number("cached_tokens"),
    completionTokens: number("completion_tokens"),
    reasoningTokens: number("reasoning_tokens"),
    // Text, as JSON readers take large numbers for floats.
    costNanoUsd: String(row["cost_nano_usd"]),
    costSource: row["cost_source"],
  };
}

function integer(value: SQLOutputValue | undefined): bigint {
  return typeof value === "bigint" ? value : 0n;
}
