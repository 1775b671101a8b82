import type { Clock } from "@meridian/core";

/** A clock that knows which of its timers are still set. */
export interface CountingClock extends Clock {
  /** Timers that have neither fired nor been canceled. */
  readonly pendingTimers: number;
}

/** Counts the timers of a clock. */
export function countTimers(clock: Clock): CountingClock {
  const pending = new Set<object>();
  return {
    now: () => clock.now(),
    schedule(delayMs, callback) {
      const timer = {};
      pending.add(timer);
      const cancel = clock.schedule(delayMs, () => {
        pending.delete(timer);
        callback();
      });
      return () => {
        pending.delete(timer);
        cancel();
      };
    },
    get pendingTimers() {
      return pending.size;
    },
  };
}
