import type { BreakerPolicy, BreakerState, Clock } from "@meridian/core";
import { SlidingCount } from "./sliding-count.js";

/** That a call has begun to answer. Its end is told with it. */
export interface SignOfLife {
  /** The row of failures that it has ended. */
  readonly failuresInARow: number;
  /** How many calls had succeeded by then: each of them would have ended the row as well. */
  readonly successes: number;
}

/**
 * Keeps calls away from what fails.
 *
 * States: `closed` (calls pass; failures are counted) -> `open` (no call passes until a time) -> `half_open` (one call at
 * a time passes as a probe) -> `closed` on its success, `open` again on its failure. A warning makes `half_open` of
 * `closed`.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onChange: (state: "open" | "closed") => void;
  readonly #calls: SlidingCount;
  readonly #failures: SlidingCount;
  #failuresInARow = 0;
  #successes = 0;
  /** Calls that were permitted and have neither begun to answer nor ended. */
  #waitingCalls = 0;
  #openUntilMs: number | undefined;
  #openedAtMs = Number.NEGATIVE_INFINITY;
  #probeUntilMs: number | undefined;

  /**
   * @param random gives a number of [0, 1)
   * @param onChange is told when it opens, or opens again, and when it closes
   */
  constructor(
    policy: BreakerPolicy,
    clock: Clock,
    random: () => number,
    onChange: (state: "open" | "closed") => void = () => {},
  ) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
    this.#calls = new SlidingCount(policy.windowMs, clock);
    this.#failures = new SlidingCount(policy.windowMs, clock);
  }

  /** The state now. */
  get state(): BreakerState {
    if (this.#openUntilMs === undefined) return "closed";
    return this.#clock.now() < this.#openUntilMs ? "open" : "half_open";
  }

  /** Milliseconds until a call may pass; 0 where one may pass now. While a probe is under way, as if it failed now. */
  get retryAfterMs(): number {
    if (this.#isProbing) return this.#policy.openMs;
    return this.#openUntilMs === undefined ? 0 : Math.max(0, this.#openUntilMs - this.#clock.now());
  }

  /**
   * Whether a call that began then says nothing any more: the breaker has opened since. Its end is not to be told, or it
   * would be taken for the end of the probe.
   */
  isOutdated(permittedAtMs: number): boolean {
    return permittedAtMs < this.#openedAtMs;
  }

  /** Whether `permit` would say yes. */
  get isPassable(): boolean {
    return this.state === "closed" || (this.state === "half_open" && !this.#isProbing);
  }

  /** Whether a call may pass. One that may must be followed by exactly one of succeeded, failed, refused or released. */
  permit(): boolean {
    if (!this.isPassable) return false;
    // A stream may take minutes to say how it ended: then the next call probes as well.
    if (this.state === "half_open") this.#probeUntilMs = this.#clock.now() + this.#policy.openMs;
    this.#waitingCalls += 1;
    return true;
  }

  /**
   * The call has begun to answer. That ends the row of failures and counts as a call: failures are told at once, and the
   * successes of long streams only at their end, so that a few failures would else look like all there is.
   */
  beganToAnswer(): SignOfLife {
    const failuresInARow = this.#failuresInARow;
    this.#failuresInARow = 0;
    this.#isHeardOf(undefined);
    this.#calls.add();
    return { failuresInARow, successes: this.#successes };
  }

  /** The call was answered. */
  succeeded(sign?: SignOfLife): void {
    const wasOpen = this.#openUntilMs !== undefined;
    this.#isHeardOf(sign);
    this.#openUntilMs = undefined;
    this.#probeUntilMs = undefined;
    this.#failuresInARow = 0;
    this.#successes += 1;
    if (wasOpen) {
      this.#calls.clear();
      this.#failures.clear();
      this.#onChange("closed");
    }
    if (sign === undefined) this.#calls.add();
  }

  /** The call failed. The row that its beginning has ended goes on, unless a success has ended it since. */
  failed(sign?: SignOfLife): void {
    this.#isHeardOf(sign);
    if (sign === undefined) this.#calls.add();
    this.#failures.add();
    const rowBefore = sign?.successes === this.#successes ? sign.failuresInARow : 0;
    this.#failuresInARow = Math.max(this.#failuresInARow, rowBefore) + 1;
    const failedProbe = this.#probeUntilMs !== undefined;
    this.#probeUntilMs = undefined;
    if (failedProbe || this.#hasFailedTooOften()) this.#open(this.#policy.openMs);
  }

  /** The account is refused: a key or a credit, which the next call would not find mended. */
  refused(sign?: SignOfLife): void {
    this.#isHeardOf(sign);
    this.#probeUntilMs = undefined;
    this.#open(this.#policy.accountOpenMs);
  }

  /** Others have met failures here. Where it is closed one call at a time passes from now on, until one has succeeded. */
  warned(): void {
    if (this.#openUntilMs !== undefined) return;
    this.#openUntilMs = this.#ignoreThoseBefore();
  }

  /** The call ended without saying anything. */
  released(sign?: SignOfLife): void {
    this.#isHeardOf(sign);
    this.#probeUntilMs = undefined;
  }

  get #isProbing(): boolean {
    return this.#probeUntilMs !== undefined && this.#clock.now() < this.#probeUntilMs;
  }

  #isHeardOf(sign: SignOfLife | undefined): void {
    if (sign === undefined && this.#waitingCalls > 0) this.#waitingCalls -= 1;
  }

  #hasFailedTooOften(): boolean {
    const { consecutiveFailures, failureRate, minimumCalls } = this.#policy;
    // Of a thousand calls that have just begun, five that fail at once say little of the others.
    if (this.#failuresInARow >= Math.max(consecutiveFailures, failureRate * this.#waitingCalls)) return true;
    const calls = this.#calls.total;
    return calls >= minimumCalls && this.#failures.total >= failureRate * (calls + this.#waitingCalls);
  }

  #open(forMs: number): void {
    const wasOpen = this.state === "open";
    const untilMs = this.#ignoreThoseBefore() + forMs * (1 + this.#random() / 10);
    this.#openUntilMs = Math.max(this.#openUntilMs ?? 0, untilMs);
    if (!wasOpen) this.#onChange("open");
  }

  /** Calls that have begun have no say any more. Gives the time. */
  #ignoreThoseBefore(): number {
    this.#openedAtMs = this.#clock.now();
    this.#waitingCalls = 0;
    return this.#openedAtMs;
  }
}
