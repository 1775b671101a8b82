import { anonymous, type TenantLimits } from "@meridian/core";
import { expect } from "vitest";
import type { Reservation, TenantLimiter } from "../limits/tenant-limiter.js";

/** What a limiter is asked, and what it has to say. */
export type LimiterStep =
  /** Reserves for a call of this name; `false`: it fits. Else the limit, what is used of it, and the delay. */
  | {
      readonly reserve: string;
      readonly tokens?: number;
      readonly cost?: bigint;
      readonly refused?: {
        readonly limit: string;
        readonly used: bigint;
        readonly retryAfterMs: number;
        readonly isSpent?: boolean;
      };
      readonly remaining?: { readonly requests?: number; readonly tokens?: number };
    }
  | { readonly settle: string; readonly tokens?: number; readonly cost?: bigint }
  | { readonly release: string }
  | { readonly passMs: number };

/** A story that every limiter tells the same way. */
export interface LimiterCase {
  readonly name: string;
  readonly limits: Partial<TenantLimits>;
  readonly steps: readonly LimiterStep[];
}

/** A time of day in the middle of a slot, a day and a month: 12 hours before the month's last day begins. */
export const startOfDayMs: number = Date.UTC(2026, 10, 29, 12, 0, 0);
const hourMs = 3_600_000;

const calls = (from: number, to: number, step: Omit<Extract<LimiterStep, { reserve: string }>, "reserve"> = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ reserve: `call ${from + index}`, ...step }));

/** What holds for every implementation. */
export const limiterCases: readonly LimiterCase[] = [
  {
    name: "requests a minute: exactly the limit, whatever has ended",
    limits: { requestsPerMinute: 3 },
    steps: [
      ...calls(1, 3),
      { settle: "call 1" },
      { reserve: "call 4", refused: { limit: "requests_per_minute", used: 3n, retryAfterMs: 65_000 } },
      { passMs: 64_999 },
      { reserve: "call 5", refused: { limit: "requests_per_minute", used: 3n, retryAfterMs: 1 } },
      { passMs: 1 },
      { reserve: "call 6", remaining: { requests: 2 } },
    ],
  },
  {
    name: "requests come back as their slots leave",
    limits: { requestsPerMinute: 2 },
    steps: [
      { reserve: "a" },
      { passMs: 30_000 },
      { reserve: "b", remaining: { requests: 0 } },
      { passMs: 30_000 },
      { reserve: "c", refused: { limit: "requests_per_minute", used: 2n, retryAfterMs: 5_000 } },
      { passMs: 5_000 },
      { reserve: "d" },
      { reserve: "e", refused: { limit: "requests_per_minute", used: 2n, retryAfterMs: 30_000 } },
    ],
  },
  {
    name: "a call that was never made gives its request back",
    limits: { requestsPerMinute: 1 },
    steps: [
      { reserve: "a" },
      { release: "a" },
      { reserve: "b" },
      { release: "a" },
      { reserve: "c", refused: { limit: "requests_per_minute", used: 1n, retryAfterMs: 65_000 } },
    ],
  },
  {
    name: "tokens a minute: the estimate while it runs, what was used afterwards",
    limits: { tokensPerMinute: 100 },
    steps: [
      { reserve: "a", tokens: 80, remaining: { tokens: 20 } },
      { reserve: "b", tokens: 30, refused: { limit: "tokens_per_minute", used: 80n, retryAfterMs: 65_000 } },
      { settle: "a", tokens: 10 },
      { reserve: "c", tokens: 90, remaining: { tokens: 0 } },
    ],
  },
  {
    name: "a call above the whole limit of tokens runs where nothing else was used",
    limits: { tokensPerMinute: 100 },
    steps: [
      { reserve: "a", tokens: 500, remaining: { tokens: 0 } },
      { reserve: "b", tokens: 1, refused: { limit: "tokens_per_minute", used: 500n, retryAfterMs: 65_000 } },
      { settle: "a", tokens: 40 },
      { reserve: "c", tokens: 500, refused: { limit: "tokens_per_minute", used: 40n, retryAfterMs: 65_000 } },
      { passMs: 65_000 },
      { reserve: "d", tokens: 500 },
    ],
  },
  {
    name: "calls at once",
    limits: { concurrentCalls: 2 },
    steps: [
      ...calls(1, 2),
      { reserve: "call 3", refused: { limit: "concurrent_calls", used: 2n, retryAfterMs: 1_000 } },
      { settle: "call 1" },
      { settle: "call 1" },
      { reserve: "call 4" },
      { reserve: "call 5", refused: { limit: "concurrent_calls", used: 2n, retryAfterMs: 1_000 } },
      { release: "call 2" },
      { reserve: "call 6" },
    ],
  },
  {
    name: "a day's budget: estimates count while calls run, and lock nobody out",
    limits: { nanoUsdPerDay: 1_000n },
    steps: [
      { reserve: "a", cost: 700n },
      { reserve: "b", cost: 400n, refused: { limit: "nano_usd_per_day", used: 700n, retryAfterMs: 1_000 } },
      { reserve: "c", cost: 300n },
      { settle: "a", cost: 10n },
      { reserve: "d", cost: 690n },
      { release: "d" },
      { settle: "c", cost: 300n },
      { reserve: "e", cost: 5_000n },
      { reserve: "f", cost: 1n, refused: { limit: "nano_usd_per_day", used: 5_310n, retryAfterMs: 1_000 } },
      { settle: "e", cost: 690n },
      {
        reserve: "g",
        cost: 1n,
        refused: { limit: "nano_usd_per_day", used: 1_000n, retryAfterMs: 12 * hourMs, isSpent: true },
      },
      { passMs: 12 * hourMs },
      { reserve: "h", cost: 1_000n },
    ],
  },
  {
    name: "a month's budget goes on over its days, to the month's end",
    limits: { nanoUsdPerDay: 1_000n, nanoUsdPerMonth: 1_500n },
    steps: [
      { reserve: "a", cost: 1_000n },
      { settle: "a", cost: 1_000n },
      {
        reserve: "b",
        cost: 1n,
        refused: { limit: "nano_usd_per_day", used: 1_000n, retryAfterMs: 12 * hourMs, isSpent: true },
      },
      { passMs: 12 * hourMs },
      { reserve: "c", cost: 500n },
      { settle: "c", cost: 500n },
      {
        reserve: "d",
        cost: 1n,
        refused: { limit: "nano_usd_per_month", used: 1_500n, retryAfterMs: 24 * hourMs, isSpent: true },
      },
      { passMs: 24 * hourMs },
      { reserve: "e", cost: 1n },
    ],
  },
  {
    name: "what ends in the next day counts in its own",
    limits: { nanoUsdPerDay: 1_000n },
    steps: [
      { reserve: "a", cost: 1_000n },
      { passMs: 12 * hourMs },
      { settle: "a", cost: 100n },
      { reserve: "b", cost: 1_000n },
      { reserve: "c", cost: 1n, refused: { limit: "nano_usd_per_day", used: 1_000n, retryAfterMs: 1_000 } },
    ],
  },
];

/** Plays a story. `setTime` moves the time of day that the limiter sees. */
export async function playLimiterCase(
  { name, limits, steps }: LimiterCase,
  limiter: TenantLimiter,
  setTime: (nowMs: number) => void,
): Promise<void> {
  const tenant = { ...anonymous, name: name.replace(/\W/g, "-"), limits: { ...anonymous.limits, ...limits } };
  const reservations = new Map<string, Reservation>();
  let nowMs = startOfDayMs;
  setTime(nowMs);
  for (const step of steps) {
    if ("passMs" in step) {
      nowMs += step.passMs;
      setTime(nowMs);
    } else if ("release" in step) await reservations.get(step.release)?.release();
    else if ("settle" in step)
      await reservations.get(step.settle)?.settle({ tokens: step.tokens ?? 0, costNanoUsd: step.cost ?? 0n });
    else {
      const { reserve, tokens = 0, cost = 0n, refused, remaining } = step;
      const result = await limiter.reserve({ tenant, tokens, costNanoUsd: cost, leaseMs: 48 * hourMs });
      if (result.kind === "reserved") reservations.set(reserve, result.reservation);
      const told = result.kind === "refused" ? result.reached : undefined;
      expect(told, `the answer to ${reserve}`).toEqual(
        refused === undefined ? undefined : expect.objectContaining({ isSpent: false, ...refused }),
      );
      for (const unit of ["requests", "tokens"] as const)
        if (remaining?.[unit] !== undefined)
          expect(result.state[unit]?.remaining, `${unit} after ${reserve}`).toBe(remaining[unit]);
    }
  }
}
