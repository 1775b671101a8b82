let waiting: (() => void)[] = [];

/**
 * Calls back at the end of this turn of the event loop, when all that was there to be read has been, all that wait one after the
 * other; what has been asked for meanwhile comes last. What is called back must not throw.
 */
export function atEndOfTurn(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(callAll);
}

function callAll(): void {
  // As long as it has grown by then.
  for (const callback of waiting) callback();
  waiting = [];
}
