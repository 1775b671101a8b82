let waiting: (() => void)[] = [];

/**
 * Calls back at the end of this turn of the event loop, when all that was there to be read has been, all that wait one after the
 * other. What is called back must not throw.
 */
export function atEndOfTurn(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(callAll);
}

function callAll(): void {
  const due = waiting;
  waiting = [];
  for (const callback of due) callback();
}
