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
  return new CallDeadline(clock, Math.max(0, timeLeftMs));
}

/** A class: each call under way has one. */
class CallDeadline implements Deadline {
  readonly signal = new Stop();
  readonly #clock: Clock;
  readonly #expiresAt: number;
  readonly #cancelTimer: () => void;
  #isReleased = false;

  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#expiresAt = clock.now() + budgetMs;
    this.#cancelTimer = clock.schedule(budgetMs, () => this.end("deadline_exceeded"));
  }

  remainingMs(): number {
    return Math.max(0, this.#expiresAt - this.#clock.now());
  }

  end(kind: CallEndKind): void {
    if (this.#isReleased) return;
    this.release();
    this.signal.abort(new CallEnded({ kind }));
  }

  release(): void {
    this.#isReleased = true;
    this.#cancelTimer();
  }
}
