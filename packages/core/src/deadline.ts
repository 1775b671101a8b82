import type { Clock } from "./clock.js";
import { CallEnded, type CallEndKind } from "./failure.js";
import { Stop, type StopSignal } from "./stop-signal.js";

/** The budget of one call, shared by all of its attempts and waits. */
export interface Deadline {
  /** Aborts with a `CallEnded` when the time is over or the call is ended, whichever comes first. */
  readonly signal: StopSignal;
  /** What is left, in milliseconds; never below 0. */
  remainingMs(): number;
  /** Ends the call before its time, for the given reason. */
  end(kind: CallEndKind): void;
  /** Frees the timer. To be called when the call is over, however it ended; the signal does not abort afterwards. */
  release(): void;
}

/** Starts the budget of a call now. Of a call that waited for its turn it may be over already: less than 0 is 0. */
export function createDeadline(clock: Clock, timeLeftMs: number): Deadline {
  const signal = new Stop();
  const budgetMs = Math.max(0, timeLeftMs);
  const expiresAt = clock.now() + budgetMs;
  let released = false;
  const end = (kind: CallEndKind) => {
    if (released) return;
    release();
    signal.abort(new CallEnded({ kind }));
  };
  const cancelTimer = clock.schedule(budgetMs, () => end("deadline_exceeded"));
  const release = () => {
    released = true;
    cancelTimer();
  };
  return {
    signal,
    remainingMs: () => Math.max(0, expiresAt - clock.now()),
    end,
    release,
  };
}
