import type { TenantLimitName, TenantLimitReached, TenantLimits } from "@meridian/core";
import { limitStateOf } from "./limit-state.js";
import { MinuteWindow, slotAt } from "./minute-window.js";
import { periodsAt, untilNextDayMs, untilNextMonthMs } from "./spending-period.js";
import {
  othersRunRetryMs,
  type Reservation,
  type ReservationRequest,
  type ReservationResult,
  type TenantLimiter,
  type UsedByCall,
} from "./tenant-limiter.js";

/** Nano-USD of a day and a month. */
export interface Spent {
  readonly day: bigint;
  readonly month: bigint;
}

/** A limiter of this process alone, which answers at once. */
export interface MemoryLimiter extends TenantLimiter {
  reserve(request: ReservationRequest): ReservationResult;
  /** What a tenant has spent in the day and the month that it is, in nano-USD, with what is reserved for running calls. */
  spent(tenant: string): Spent;
}

/** What is counted of one tenant. */
interface Books {
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
  running: number;
  day: Spending;
  month: Spending;
}

/** What is spent in a period, with what is reserved for running calls. */
interface Spending {
  readonly period: string;
  nanoUsd: bigint;
}

/**
 * Keeps tenants within their limits, in the memory of this process. Exact: what runs is counted at its estimate, what has
 * ended at its cost.
 *
 * A call whose estimate goes beyond what is left of a budget still runs where nothing else of the tenant's does and
 * something is left, for estimates lean high: a budget is used to its end, and overspent by one call at most. The same
 * holds for tokens a minute, where a call may ask for more than the whole limit.
 *
 * @param timeOfDayMs the time of day, in milliseconds since 1970-01-01 UTC
 */
export function createMemoryLimiter(timeOfDayMs: () => number): MemoryLimiter {
  const tenants = new Map<string, Books>();

  const booksOf = (tenant: string, nowMs: number): Books => {
    const { day, month } = periodsAt(nowMs);
    let books = tenants.get(tenant);
    if (books === undefined) {
      const nothing = (period: string): Spending => ({ period, nanoUsd: 0n });
      const [requests, tokens] = [new MinuteWindow(), new MinuteWindow()];
      books = { requests, tokens, running: 0, day: nothing(day), month: nothing(month) };
      tenants.set(tenant, books);
    }
    if (books.day.period !== day) books.day = { period: day, nanoUsd: 0n };
    if (books.month.period !== month) books.month = { period: month, nanoUsd: 0n };
    return books;
  };

  const stateOf = ({ requests, tokens }: Books, limits: TenantLimits, nowMs: number) => {
    const useOf = (window: MinuteWindow) => ({
      used: window.used(nowMs),
      fullInMs: window.waitMs(Number.POSITIVE_INFINITY, nowMs),
    });
    return limitStateOf(limits, useOf(requests), useOf(tokens));
  };

  return {
    reserve(request) {
      const nowMs = timeOfDayMs();
      const books = booksOf(request.tenant.name, nowMs);
      const { limits } = request.tenant;
      const reached = limitReached(books, request, nowMs);
      if (reached !== undefined) return { kind: "refused", reached, state: stateOf(books, limits, nowMs) };
      const reservation = enter(books, request, slotAt(nowMs), timeOfDayMs);
      return { kind: "reserved", reservation, state: stateOf(books, limits, nowMs) };
    },
    spent(tenant) {
      const { day, month } = booksOf(tenant, timeOfDayMs());
      return { day: day.nanoUsd, month: month.nanoUsd };
    },
    close: async () => {},
  };
}

/** Counts a call at what it may use at most. */
function enter(
  books: Books,
  { tokens, costNanoUsd }: ReservationRequest,
  slot: number,
  timeOfDayMs: () => number,
): Reservation {
  const { requests, tokens: tokenWindow, day, month } = books;
  const count = (calls: number, used: UsedByCall) => {
    const nowMs = timeOfDayMs();
    requests.add(slot, calls, nowMs);
    tokenWindow.add(slot, used.tokens, nowMs);
    day.nanoUsd += used.costNanoUsd;
    month.nanoUsd += used.costNanoUsd;
  };
  books.running += 1;
  count(1, { tokens, costNanoUsd });
  let hasEnded = false;
  const end = async (calls: number, used: UsedByCall) => {
    if (hasEnded) return;
    hasEnded = true;
    books.running -= 1;
    count(calls, { tokens: used.tokens - tokens, costNanoUsd: used.costNanoUsd - costNanoUsd });
  };
  return { settle: (used) => end(0, used), release: () => end(-1, { tokens: 0, costNanoUsd: 0n }) };
}

/** The limit that a call would go beyond; of several the one that lasts longest. */
function limitReached(books: Books, request: ReservationRequest, nowMs: number): TenantLimitReached | undefined {
  const { requestsPerMinute, tokensPerMinute, concurrentCalls, nanoUsdPerDay, nanoUsdPerMonth } = request.tenant.limits;
  const { running } = books;

  const budget = (limit: TenantLimitName, maximum: bigint | undefined, used: bigint, untilNextMs: number) => {
    const asked = request.costNanoUsd;
    if (maximum === undefined || used + asked <= maximum || (running === 0 && used < maximum)) return undefined;
    // What runs may give some of it back.
    const isSpent = running === 0;
    return { limit, maximum, used, asked, retryAfterMs: isSpent ? untilNextMs : othersRunRetryMs, isSpent };
  };
  const minute = (limit: TenantLimitName, maximum: number | undefined, window: MinuteWindow, asked: number) => {
    const used = window.used(nowMs);
    if (maximum === undefined || used + asked <= maximum || (asked > maximum && used === 0)) return undefined;
    const retryAfterMs = window.waitMs(used + asked - maximum, nowMs);
    return countedLimit(limit, maximum, used, asked, retryAfterMs);
  };
  const calls = () =>
    concurrentCalls === undefined || running < concurrentCalls
      ? undefined
      : countedLimit("concurrent_calls", concurrentCalls, running, 1, othersRunRetryMs);

  return (
    budget("nano_usd_per_month", nanoUsdPerMonth, books.month.nanoUsd, untilNextMonthMs(nowMs)) ??
    budget("nano_usd_per_day", nanoUsdPerDay, books.day.nanoUsd, untilNextDayMs(nowMs)) ??
    minute("tokens_per_minute", tokensPerMinute, books.tokens, request.tokens) ??
    minute("requests_per_minute", requestsPerMinute, books.requests, 1) ??
    calls()
  );
}

function countedLimit(
  limit: TenantLimitName,
  maximum: number,
  used: number,
  asked: number,
  retryAfterMs: number,
): TenantLimitReached {
  return { limit, maximum: BigInt(maximum), used: BigInt(used), asked: BigInt(asked), retryAfterMs, isSpent: false };
}
