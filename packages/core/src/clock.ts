import type { StopSignal } from "./stop-signal.js";

/** Time as the pure packages see it. The edge passes the system's; tests pass one that they move. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. Only differences mean something. */
  now(): number;
  /** Calls `callback` once after `delayMs`, unless the returned function is called before. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/**
 * Waits `delayMs`, or rejects with the signal's reason as soon as it aborts. Leaves no timer and no listener behind.
 */
export function delay(clock: Clock, delayMs: number, signal: StopSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      reject(signal.reason);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort);
  });
}
