/** Lets work begin in its turn, or refuses it. */
export interface Turns {
  /** Does the work, now or later; undefined, at once, where too much waits already. */
  take<Result>(work: () => Promise<Result>): Promise<Result> | undefined;
}

/** How much there may be of it. */
export interface TurnLimits {
  /** Works that run at once. */
  readonly maxRunning: number;
  /** Works that wait for one to end, the oldest first. */
  readonly maxWaiting: number;
}

/** Creates the turns of one kind of work. */
export function createTurns({ maxRunning, maxWaiting }: TurnLimits): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;

  const begin = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
  return {
    take(work) {
      if (running < maxRunning) return begin(work);
      if (waiting.length >= maxWaiting) return undefined;
      return new Promise((resolve, reject) => {
        waiting.push(() => begin(work).then(resolve, reject));
      });
    },
  };
}
