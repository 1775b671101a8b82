import type { Clock } from "../clock.js";

/** A clock for tests: it stands still until it is moved. */
export interface FakeClock extends Clock {
  /**
   * Moves the clock by `ms`. Timers that fall due are called in the order of their times, each at its exact time and
   * after the promises that the one before has settled. On return, what the last of them set going has run as far as
   * it can without another timer or real input.
   */
  advance(ms: number): Promise<void>;
  /** Timers that are set and have neither fired nor been canceled. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Longer than any chain of promises between two timers in the code under test. */
const microtaskTurns = 200;

/** Creates a clock that shows 0. */
export function createFakeClock(): FakeClock {
  const timers = new Set<Timer>();
  let nowMs = 0;

  const nextDue = (untilMs: number) => {
    let next: Timer | undefined;
    for (const timer of timers)
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    return next;
  };

  return {
    now: () => nowMs,
    schedule(delayMs, callback) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < microtaskTurns; turn += 1) await Promise.resolve();
}
