import { createMemoryLimiter } from "../limits/memory-limiter.js";
import type { Reservation, TenantLimiter, UsedByCall } from "../limits/tenant-limiter.js";
import type { Answers, Link } from "./worker-link.js";
import type { PrimaryQuestions, SentReservation } from "./worker-questions.js";

type LimiterQuestions = Pick<PrimaryQuestions, "reserve" | "settle" | "release">;

/**
 * The limiter of a worker: the primary keeps the limits of all. Where that does not answer, this worker is about to end, or
 * one of both was stopped for seconds, and keeps tenants to the limits by itself for what was asked then.
 */
export function createLinkedLimiter(link: Link<LimiterQuestions>, timeOfDayMs: () => number): TenantLimiter {
  const alone = createMemoryLimiter(timeOfDayMs);
  // Nobody waits for it any more: it would count as a call that runs for ever.
  const giveBack = (late: SentReservation) => {
    if (late.kind === "reserved") void reservationOf(late.id, link).release();
  };
  return {
    async reserve(request) {
      try {
        const sent = await link.ask("reserve", request, giveBack);
        if (sent.kind === "refused") return sent;
        const { id, ...result } = sent;
        return { ...result, reservation: reservationOf(id, link) };
      } catch {
        return alone.reserve(request);
      }
    },
    async close() {},
  };
}

function reservationOf(id: number, link: Link<LimiterQuestions>): Reservation {
  return {
    settle: (used) => link.ask("settle", { id, used }).catch(() => {}),
    release: () => link.ask("release", { id }).catch(() => {}),
  };
}

/** The primary's side for one worker. */
export interface LimiterDesk {
  readonly answers: Answers<LimiterQuestions>;
  /** The worker is gone: its calls run no more, and count at what was reserved for them. */
  close(): void;
}

/** Answers a worker from the limiter of all. */
export function createLimiterDesk(limiter: TenantLimiter): LimiterDesk {
  const running = new Map<number, { readonly reservation: Reservation; readonly reserved: UsedByCall }>();
  let lastId = 0;
  const take = (id: number) => {
    const found = running.get(id);
    running.delete(id);
    return found?.reservation;
  };
  return {
    answers: {
      async reserve(request) {
        const result = await limiter.reserve(request);
        if (result.kind === "refused") return result;
        const { reservation, ...sent } = result;
        lastId += 1;
        running.set(lastId, { reservation, reserved: request });
        return { ...sent, id: lastId };
      },
      settle: async ({ id, used }) => await take(id)?.settle(used),
      release: async ({ id }) => await take(id)?.release(),
    },
    close() {
      for (const { reservation, reserved } of running.values()) void reservation.settle(reserved);
      running.clear();
    },
  };
}
