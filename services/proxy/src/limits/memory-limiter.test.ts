import { anonymous } from "@meridian/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limiterCases, playLimiterCase, startOfDayMs } from "../testing/limiter-cases.js";
import { createMemoryLimiter } from "./memory-limiter.js";
import type { Reservation } from "./tenant-limiter.js";

describe("in memory", () => {
  test.each(limiterCases)("$name", async (story) => {
    let nowMs = startOfDayMs;
    await playLimiterCase(
      story,
      createMemoryLimiter(() => nowMs),
      (time) => {
        nowMs = time;
      },
    );
  });
});

const limits = {
  requestsPerMinute: 8,
  tokensPerMinute: 300,
  concurrentCalls: 4,
  nanoUsdPerDay: 1_000n,
  nanoUsdPerMonth: 3_000n,
};
const tenant = { ...anonymous, limits };

type Step =
  | { readonly kind: "reserve"; readonly tokens: number; readonly cost: bigint }
  | { readonly kind: "settle" | "release"; readonly which: number; readonly share: number }
  | { readonly kind: "pass"; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("reserve" as const), tokens: fc.nat(400), cost: fc.bigInt(0n, 1_200n) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom("settle" as const, "release" as const),
        which: fc.nat(),
        share: fc.nat(100),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.oneof(fc.nat(20_000), fc.nat(90_000_000)) }),
    },
  ),
  { maxLength: 60 },
);

interface Running {
  readonly reservation: Reservation;
  readonly entry: Entry;
}

/** A call as the law sees it: what it counts now, and when it came. */
interface Entry {
  readonly atMs: number;
  requests: number;
  tokens: number;
  cost: bigint;
}

const dayOf = (ms: number) => Math.floor(ms / 86_400_000);

test("no order of reserving, settling and releasing breaks a limit, and nothing is lost or left", () => {
  fc.assert(
    fc.property(steps, (walk: readonly Step[]) => {
      let nowMs = startOfDayMs;
      const limiter = createMemoryLimiter(() => nowMs);
      const entries: Entry[] = [];
      const running: Running[] = [];
      const inMinute = (unit: "requests" | "tokens") =>
        entries.filter(({ atMs }) => nowMs - atMs < 60_000).reduce((sum, entry) => sum + entry[unit], 0);
      const inDay = () =>
        entries.filter(({ atMs }) => dayOf(atMs) === dayOf(nowMs)).reduce((sum, { cost }) => sum + cost, 0n);
      for (const step of walk) {
        if (step.kind === "pass") nowMs += step.ms;
        else if (step.kind === "reserve") {
          const before = { day: inDay(), tokens: inMinute("tokens"), running: running.length };
          const { tokens, cost } = step;
          const result = limiter.reserve({ tenant, tokens, costNanoUsd: cost, leaseMs: 1 });
          if (result.kind === "refused") {
            expect(result.reached.retryAfterMs).toBeGreaterThan(0);
            expect(result.reached.used + result.reached.asked).toBeGreaterThan(result.reached.maximum);
            continue;
          }
          const entry = { atMs: nowMs, requests: 1, tokens, cost };
          entries.push(entry);
          running.push({ reservation: result.reservation, entry });
          expect(running.length).toBeLessThanOrEqual(limits.concurrentCalls);
          expect(inMinute("requests")).toBeLessThanOrEqual(limits.requestsPerMinute);
          expect(before.tokens + tokens <= limits.tokensPerMinute || before.tokens === 0).toBe(true);
          // More than the budget is reserved only for a call that runs alone, while something is left.
          expect(
            before.day + cost <= limits.nanoUsdPerDay || (before.running === 0 && before.day < limits.nanoUsdPerDay),
          ).toBe(true);
        } else {
          const [ended] = running.splice(step.which % Math.max(1, running.length), 1);
          if (ended === undefined) continue;
          const { reservation, entry } = ended;
          if (step.kind === "release") {
            void reservation.release();
            Object.assign(entry, { requests: 0, tokens: 0, cost: 0n });
          } else {
            const used = {
              tokens: Math.floor((entry.tokens * step.share) / 100),
              costNanoUsd: (entry.cost * BigInt(step.share)) / 100n,
            };
            void reservation.settle(used);
            // What ends twice counts once.
            void reservation.release();
            Object.assign(entry, { tokens: used.tokens, cost: used.costNanoUsd });
          }
        }
        expect(limiter.spent(tenant.name).day).toBe(inDay());
      }
    }),
    { numRuns: 500 },
  );
});
