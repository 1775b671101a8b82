import type { Tenant, TenantLimits } from "@meridian/core";
import type { MemoryLimiter, Spent } from "./memory-limiter.js";
import { periodsAt } from "./spending-period.js";

/** What one replica knows of the limits that it shares, for the time that Redis is away and for its return. */
export interface SharedBooks {
  /** What Redis held for all of the day and the month that it is when it was last asked, with what was settled since. */
  remembered(tenant: string): Spent;
  /** The totals of the day, shared and all, and of the month, as Redis gave them. */
  learn(tenant: string, nowMs: number, replicas: number, totals: readonly number[]): void;
  /** What this replica has added to the shared totals since, of the time when a call began. */
  corrected(tenant: string, beganAtMs: number, change: Spent): void;
  /** A call runs until then at most. */
  began(tenant: string, lease: string, call: RunningCall): void;
  /** A call has ended. False: it had before. */
  ended(tenant: string, lease: string): boolean;
  /** The calls that run, by tenant and lease. */
  running(): ReadonlyMap<string, ReadonlyMap<string, RunningCall>>;
  /** Those that calls came for. */
  tenants(): Iterable<string>;
  /** The limits of this replica alone: its share. */
  shareOf(tenant: Tenant): TenantLimits;
}

/** A call that runs. */
export interface RunningCall {
  /** It runs no longer, in milliseconds since 1970-01-01 UTC. */
  readonly untilMs: number;
  readonly decidedBy: "redis" | "replica";
}

interface Learned {
  readonly day: string;
  readonly month: string;
  dayShared: bigint;
  monthShared: bigint;
  /** What all had spent, and what of it this replica had on its own. */
  dayAll: bigint;
  monthAll: bigint;
  readonly ownDay: bigint;
  readonly ownMonth: bigint;
  readonly replicas: number;
}

/** Creates the books. `local` decides while Redis is away. */
export function createSharedBooks(local: MemoryLimiter, timeOfDayMs: () => number): SharedBooks {
  const learned = new Map<string, Learned>();
  const running = new Map<string, Map<string, RunningCall>>();
  const alone = new Set<string>();
  /** The most replicas that any tenant was seen with lately. */
  let replicas = 1;

  return {
    remembered(tenant) {
      const { day, month } = periodsAt(timeOfDayMs());
      const last = learned.get(tenant);
      return {
        day: last?.day === day ? last.dayShared : 0n,
        month: last?.month === month ? last.monthShared : 0n,
      };
    },
    learn(tenant, nowMs, seen, [dayShared = 0, dayAll = 0, monthShared = 0, monthAll = 0]) {
      replicas = seen;
      const own = local.spent(tenant);
      learned.set(tenant, {
        ...periodsAt(nowMs),
        dayShared: BigInt(dayShared),
        monthShared: BigInt(monthShared),
        dayAll: BigInt(dayAll),
        monthAll: BigInt(monthAll),
        ownDay: own.day,
        ownMonth: own.month,
        replicas: seen,
      });
    },
    corrected(tenant, beganAtMs, change) {
      const { day, month } = periodsAt(beganAtMs);
      const last = learned.get(tenant);
      if (last?.day === day) {
        last.dayShared += change.day;
        last.dayAll += change.day;
      }
      if (last?.month === month) {
        last.monthShared += change.month;
        last.monthAll += change.month;
      }
    },
    began(tenant, lease, call) {
      const leases = running.get(tenant) ?? new Map<string, RunningCall>();
      running.set(tenant, leases.set(lease, call));
      if (call.decidedBy === "replica") alone.add(tenant);
    },
    ended(tenant, lease) {
      const leases = running.get(tenant);
      const wasRunning = leases?.delete(lease) ?? false;
      if (leases?.size === 0) running.delete(tenant);
      return wasRunning;
    },
    running: () => running,
    tenants: () => new Set([...alone, ...learned.keys()]),
    shareOf({ name, limits }) {
      const last = learned.get(name);
      const { day, month } = periodsAt(timeOfDayMs());
      const among = last?.replicas ?? replicas;
      const { requestsPerMinute, tokensPerMinute, concurrentCalls, nanoUsdPerDay, nanoUsdPerMonth } = limits;
      const othersRunning = [...(running.get(name)?.values() ?? [])].filter(
        ({ decidedBy }) => decidedBy === "redis",
      ).length;
      const count = (limit: number | undefined) =>
        limit === undefined ? undefined : Math.max(1, Math.floor(limit / among));
      /** What this replica has spent alone, and its share of what was left. */
      const budget = (limit: bigint | undefined, isCurrent: boolean, all: bigint, own: bigint) => {
        if (limit === undefined) return undefined;
        if (!isCurrent) return limit / BigInt(among);
        const left = limit > all ? limit - all : 0n;
        return own + left / BigInt(among);
      };
      return {
        requestsPerMinute: count(requestsPerMinute),
        tokensPerMinute: count(tokensPerMinute),
        // Those that Redis has let in count too; `local` does not know them.
        concurrentCalls: concurrentCalls === undefined ? undefined : (count(concurrentCalls) ?? 0) - othersRunning,
        nanoUsdPerDay: budget(nanoUsdPerDay, last?.day === day, last?.dayAll ?? 0n, last?.ownDay ?? 0n),
        nanoUsdPerMonth: budget(nanoUsdPerMonth, last?.month === month, last?.monthAll ?? 0n, last?.ownMonth ?? 0n),
      };
    },
  };
}
