/** How fast a queue moves. */
export interface QueuePace {
  /** The queue has one member now, and had none before. */
  begin(nowMs: number): void;
  /** The oldest member has left it to begin. */
  advance(nowMs: number): void;
  /** Since when the queue has not been empty, on the same clock. */
  sinceMs(): number;
  /** What the last of so many members has to wait, as far as one can tell, in milliseconds. */
  expectedWaitMs(members: number, nowMs: number): number;
}

/** Advances before anything is said of the pace: one long pause among them says little. */
const minAdvances = 16;
/** Of the newest interval between two advances in their average. */
const newestShare = 0.05;

/** Creates the pace of a queue that is empty. What it learns of one queue it forgets with the next. */
export function createQueuePace(): QueuePace {
  let beganAtMs = 0;
  let lastAdvanceMs = 0;
  let advances = 0;
  let meanIntervalMs = 0;
  return {
    begin(nowMs) {
      beganAtMs = nowMs;
      lastAdvanceMs = nowMs;
      advances = 0;
      meanIntervalMs = 0;
    },
    advance(nowMs) {
      advances += 1;
      meanIntervalMs += (nowMs - lastAdvanceMs - meanIntervalMs) * Math.max(1 / advances, newestShare);
      lastAdvanceMs = nowMs;
    },
    sinceMs: () => beganAtMs,
    expectedWaitMs(members, nowMs) {
      if (members === 0) return 0;
      return (advances < minAdvances ? 0 : members * meanIntervalMs) + nowMs - lastAdvanceMs;
    },
  };
}
