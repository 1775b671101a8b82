/** How fast a queue moves. */
export interface QueuePace {
  /** The queue has one member now, and had none before. What was learnt of those before is forgotten unless it `isSame`. */
  begin(nowMs: number, isSame: boolean): void;
  /** The oldest member has left it to begin. */
  advance(nowMs: number): void;
  /** Since when the queue has not been empty, on the same clock. */
  sinceMs(): number;
  /** What the last of so many members has to wait, as far as one can tell, in milliseconds. */
  expectedWaitMs(members: number, nowMs: number): number;
  /** The same as if the queue had just moved: a pause of the process, such as a collection of garbage, says nothing of it. */
  lengthMs(members: number): number;
}

/** Advances before anything is said of the pace: one long pause among them says little. */
const minAdvances = 16;
/**
 * And the time that they take, in milliseconds. What came in a pause is read in long turns, of which each begins one call: a
 * queue moves at a twentieth of its pace then, and is gone within a quarter of a second.
 */
const minLearningMs = 250;
/** What is so old counts for a third of what is new, in milliseconds: much longer than the process ever pauses. */
const memoryMs = 1_000;

/** Creates the pace of a queue that is empty. */
export function createQueuePace(): QueuePace {
  let beganAtMs = 0;
  let learningSinceMs = 0;
  let lastAdvanceMs = 0;
  let advances = 0;
  /** Both with what is old counting for less: the mean interval is their ratio. */
  let recentMs = 0;
  let recentAdvances = 0;
  const lengthMs = (members: number) => {
    const isKnown = advances >= minAdvances && lastAdvanceMs - learningSinceMs >= minLearningMs;
    return isKnown ? (members * recentMs) / recentAdvances : 0;
  };
  return {
    begin(nowMs, isSame) {
      if (!isSame) {
        learningSinceMs = nowMs;
        advances = 0;
        recentMs = 0;
        recentAdvances = 0;
      }
      beganAtMs = nowMs;
      lastAdvanceMs = nowMs;
    },
    advance(nowMs) {
      const intervalMs = nowMs - lastAdvanceMs;
      const kept = Math.exp(-intervalMs / memoryMs);
      recentMs = recentMs * kept + intervalMs;
      recentAdvances = recentAdvances * kept + 1;
      advances += 1;
      lastAdvanceMs = nowMs;
    },
    sinceMs: () => beganAtMs,
    expectedWaitMs: (members, nowMs) => (members === 0 ? 0 : lengthMs(members) + nowMs - lastAdvanceMs),
    lengthMs,
  };
}
