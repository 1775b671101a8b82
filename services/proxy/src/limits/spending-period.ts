/** A day or a month of UTC, by its name: 2026-11-22, 2026-11. */
export interface SpendingPeriods {
  readonly day: string;
  readonly month: string;
}

/** The day and the month of a time of day, which is in milliseconds since 1970-01-01 UTC. */
export function periodsAt(nowMs: number): SpendingPeriods {
  const text = new Date(nowMs).toISOString();
  return { day: text.slice(0, 10), month: text.slice(0, 7) };
}

/** Milliseconds until the next day of UTC. */
export function untilNextDayMs(nowMs: number): number {
  const date = new Date(nowMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1) - nowMs;
}

/** Milliseconds until the next month of UTC. */
export function untilNextMonthMs(nowMs: number): number {
  const date = new Date(nowMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - nowMs;
}
