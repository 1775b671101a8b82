import { randomUUID } from "node:crypto";
import type { Clock, TenantLimitName, TenantLimits } from "@meridian/core";
import type { RedisStore } from "../redis/redis-store.js";
import { limitStateOf } from "./limit-state.js";
import { createMemoryLimiter, type Spent } from "./memory-limiter.js";
import { slotAt } from "./minute-window.js";
import { endScript, reserveScript, tellScript } from "./redis-scripts.js";
import { createSharedBooks } from "./shared-books.js";
import { untilNextDayMs, untilNextMonthMs } from "./spending-period.js";
import {
  othersRunRetryMs,
  type Reservation,
  type ReservationRequest,
  type ReservationResult,
  type TenantLimiter,
} from "./tenant-limiter.js";

/** What the limiter over Redis is made of. */
export interface RedisLimiterOptions {
  readonly store: RedisStore;
  readonly clock: Clock;
  /** The time of day, in milliseconds since 1970-01-01 UTC. All replicas need about the same. */
  readonly timeOfDayMs: () => number;
  /** Told when Redis is away, and when it is back. */
  readonly onChange: (state: "away" | "back", error?: unknown) => void;
  /** The longest lease of a call, in milliseconds. */
  readonly longestLeaseMs: number;
}

/** How often a Redis that is away is looked for, in milliseconds. */
const lookAgainMs = 250;

const limitNames = [
  "nano_usd_per_month",
  "nano_usd_per_day",
  "tokens_per_minute",
  "requests_per_minute",
  "concurrent_calls",
] as const satisfies readonly TenantLimitName[];

/**
 * Keeps tenants within limits that all processes with the same Redis share: one round trip for each decision. The states:
 *
 * - shared: Redis decides.
 * - away: a command has failed. This process decides alone, on its share of what was left when it last knew; it looks for
 *   Redis four times a second.
 * - back: calls that still run are told to Redis, those that have ended meanwhile are settled there, and Redis decides.
 */
export function createRedisLimiter(options: RedisLimiterOptions): TenantLimiter & { isAway(): boolean } {
  const { store, clock, timeOfDayMs, onChange, longestLeaseMs } = options;
  const replica = randomUUID();
  const local = createMemoryLimiter(timeOfDayMs);
  const books = createSharedBooks(local, timeOfDayMs);
  /** Calls that were decided here and that Redis has been told of since. */
  const told = new Set<string>();
  /** The ends of calls that Redis was not told of. */
  const untold = new Map<string, readonly [keys: readonly string[], values: readonly (string | number)[]]>();
  let isAway = false;
  let cancelLook = () => {};
  let isClosed = false;

  const tell = async (tenant: string, remembered: Spent) => {
    const { day, month } = keysOf(tenant, timeOfDayMs());
    const own = local.spent(tenant);
    await store.run(
      tellScript,
      [day, month],
      [replica, ...[own, remembered].flatMap((spent) => [String(spent.day), String(spent.month)])],
    );
  };
  const comeBack = async () => {
    await store.ping();
    for (const [tenant, calls] of books.running()) {
      const ends = new Map([...calls].map(([lease, { untilMs }]) => [lease, untilMs]));
      for (const [lease, { decidedBy }] of calls) if (decidedBy === "replica") told.add(lease);
      await store.addScores(keysOf(tenant, timeOfDayMs()).calls, ends);
    }
    for (const tenant of books.tenants()) await tell(tenant, books.remembered(tenant));
    for (const [lease, [keys, values]] of untold) {
      await store.run(endScript, keys, values);
      untold.delete(lease);
    }
    // In the same turn: what ends from now on is told at once.
    isAway = false;
    onChange("back");
  };
  const lookLater = () => {
    if (isClosed) return;
    cancelLook = clock.schedule(lookAgainMs, () => {
      comeBack().catch(lookLater);
    });
  };
  const goAway = (error: unknown) => {
    if (isAway || isClosed) return;
    isAway = true;
    onChange("away", error);
    lookLater();
  };

  store.onLost(goAway);

  const end = async (lease: string, keys: readonly string[], values: readonly (string | number)[]) => {
    untold.set(lease, [keys, values]);
    if (isAway) return;
    try {
      await store.run(endScript, keys, values);
      untold.delete(lease);
    } catch (error) {
      goAway(error);
    }
  };

  const reserveAlone = (request: ReservationRequest): ReservationResult => {
    const { tenant, leaseMs } = request;
    const share = books.shareOf(tenant);
    const result = local.reserve({ ...request, tenant: { ...tenant, limits: share } });
    if (result.kind === "refused") return result;
    const nowMs = timeOfDayMs();
    const lease = randomUUID();
    const { minute, day, month, calls } = keysOf(tenant.name, nowMs);
    books.began(tenant.name, lease, { untilMs: nowMs + leaseMs, decidedBy: "replica" });
    const left = async (ended: Promise<void>) => {
      await ended;
      if (!books.ended(tenant.name, lease)) return;
      if (told.delete(lease)) await end(lease, [minute, day, month, calls], [lease, 0, 0, 0, 0, 0]);
      if (!isAway) await tell(tenant.name, { day: 0n, month: 0n }).catch(goAway);
    };
    const { reservation } = result;
    const leaving: Reservation = {
      settle: (used) => left(reservation.settle(used)),
      release: () => left(reservation.release()),
    };
    return { ...result, reservation: leaving };
  };

  const reserveShared = async (request: ReservationRequest): Promise<ReservationResult> => {
    const { tenant, tokens, costNanoUsd, leaseMs } = request;
    const { limits, name } = tenant;
    const nowMs = timeOfDayMs();
    const lease = randomUUID();
    const { minute, day, month, calls, replicas } = keysOf(name, nowMs);
    const values = [
      ...[nowMs, lease, nowMs + leaseMs, tokens, String(costNanoUsd)],
      ...limitValues(limits),
      ...[replica, longestLeaseMs],
    ];
    const hasDay = limits.nanoUsdPerDay !== undefined;
    const hasMonth = limits.nanoUsdPerMonth !== undefined;
    const endValues = (requests: number, tokenChange: number, nanoUsd: bigint) => [
      ...[lease, slotAt(nowMs), requests, tokenChange],
      ...[String(hasDay ? nanoUsd : 0n), String(hasMonth ? nanoUsd : 0n)],
    ];
    const endKeys = [minute, day, month, calls];
    let answer: readonly number[];
    try {
      answer = await store.run(reserveScript, [...endKeys, replicas], values);
    } catch (error) {
      goAway(error);
      // It may have been counted after all.
      void end(lease, endKeys, endValues(-1, -tokens, -costNanoUsd));
      return reserveAlone(request);
    }
    const [reached = 0, used = 0, waitMs = 0, seen = 1, ...rest] = answer;
    const [requestsUsed = 0, requestsFullInMs = 0, tokensUsed = 0, tokensFullInMs = 0, ...totals] = rest;
    books.learn(name, nowMs, seen, totals);
    const state = limitStateOf(
      limits,
      { used: requestsUsed, fullInMs: requestsFullInMs },
      { used: tokensUsed, fullInMs: tokensFullInMs },
    );
    const limit = limitNames[reached - 1];
    if (limit !== undefined) {
      const retryAfterMs = waitMs === -1 ? untilNext(limit, nowMs) : Math.max(waitMs, 0) || othersRunRetryMs;
      const { maximum, asked } = figuresOf(limit, request);
      return {
        kind: "refused",
        reached: { limit, maximum, used: BigInt(used), asked, retryAfterMs, isSpent: waitMs === -1 },
        state,
      };
    }
    books.began(name, lease, { untilMs: nowMs + leaseMs, decidedBy: "redis" });
    const ended = async (calls: number, tokenChange: number, nanoUsd: bigint) => {
      if (!books.ended(name, lease)) return;
      books.corrected(name, nowMs, { day: hasDay ? nanoUsd : 0n, month: hasMonth ? nanoUsd : 0n });
      await end(lease, endKeys, endValues(calls, tokenChange, nanoUsd));
    };
    const reservation: Reservation = {
      settle: (usedByCall) => ended(0, usedByCall.tokens - tokens, usedByCall.costNanoUsd - costNanoUsd),
      release: () => ended(-1, -tokens, -costNanoUsd),
    };
    return { kind: "reserved", reservation, state };
  };

  return {
    reserve: (request) => (isAway ? reserveAlone(request) : reserveShared(request)),
    isAway: () => isAway,
    async close() {
      isClosed = true;
      cancelLook();
    },
  };
}

/** The keys of a tenant. The braces keep them together in a cluster. */
function keysOf(tenant: string, nowMs: number) {
  const prefix = `meridian:limits:{${tenant}}`;
  const date = new Date(nowMs).toISOString();
  return {
    minute: `${prefix}:minute`,
    day: `${prefix}:${date.slice(0, 10)}`,
    month: `${prefix}:${date.slice(0, 7)}`,
    calls: `${prefix}:calls`,
    replicas: `${prefix}:replicas`,
  };
}

function limitValues(limits: TenantLimits): readonly string[] {
  const { requestsPerMinute, tokensPerMinute, concurrentCalls, nanoUsdPerDay, nanoUsdPerMonth } = limits;
  return [requestsPerMinute, tokensPerMinute, concurrentCalls, nanoUsdPerDay, nanoUsdPerMonth].map((limit) =>
    String(limit ?? -1),
  );
}

function untilNext(limit: TenantLimitName, nowMs: number): number {
  return limit === "nano_usd_per_month" ? untilNextMonthMs(nowMs) : untilNextDayMs(nowMs);
}

function figuresOf(limit: TenantLimitName, { tenant, tokens, costNanoUsd }: ReservationRequest) {
  const { requestsPerMinute, tokensPerMinute, concurrentCalls, nanoUsdPerDay, nanoUsdPerMonth } = tenant.limits;
  const figures = {
    requests_per_minute: [requestsPerMinute, 1],
    tokens_per_minute: [tokensPerMinute, tokens],
    concurrent_calls: [concurrentCalls, 1],
    nano_usd_per_day: [nanoUsdPerDay, costNanoUsd],
    nano_usd_per_month: [nanoUsdPerMonth, costNanoUsd],
  } as const satisfies Record<TenantLimitName, readonly [unknown, unknown]>;
  const [maximum = 0, asked] = figures[limit];
  return { maximum: BigInt(maximum), asked: BigInt(asked) };
}
