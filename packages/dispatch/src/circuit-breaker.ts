import type { BreakerPolicy, BreakerState, Clock } from "@meridian/core";
import { SlidingCount } from "./sliding-count.js";

/**
 * Keeps calls away from what fails.
 *
 * States: `closed` (calls pass; failures are counted) -> `open` (no call passes until a time) -> `half_open` (one call at
 * a time passes as a probe) -> `closed` on its success, `open` again on its failure.
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
    return true;
  }

  /** The call was answered. */
  succeeded(): void {
    const wasOpen = this.#openUntilMs !== undefined;
    this.#openUntilMs = undefined;
    this.#probeUntilMs = undefined;
    this.#failuresInARow = 0;
    if (wasOpen) {
      this.#calls.clear();
      this.#failures.clear();
      this.#onChange("closed");
    }
    this.#calls.add();
  }

  /** The call failed. */
  failed(): void {
    this.#calls.add();
    this.#failures.add();
    this.#failuresInARow += 1;
    const failedProbe = this.#probeUntilMs !== undefined;
    this.#probeUntilMs = undefined;
    if (failedProbe || this.#hasFailedTooOften()) this.#open(this.#policy.openMs);
  }

  /** The account is refused: a key or a credit, which the next call would not find mended. */
  refused(): void {
    this.#probeUntilMs = undefined;
    this.#open(this.#policy.accountOpenMs);
  }

  /** The call ended without saying anything. */
  released(): void {
    this.#probeUntilMs = undefined;
  }

  get #isProbing(): boolean {
    return this.#probeUntilMs !== undefined && this.#clock.now() < this.#probeUntilMs;
  }

  #hasFailedTooOften(): boolean {
    const { consecutiveFailures, failureRate, minimumCalls } = this.#policy;
    if (this.#failuresInARow >= consecutiveFailures) return true;
    const calls = this.#calls.total;
    return calls >= minimumCalls && this.#failures.total >= failureRate * calls;
  }

  #open(forMs: number): void {
    const wasOpen = this.state === "open";
    this.#openedAtMs = this.#clock.now();
    const untilMs = this.#openedAtMs + forMs * (1 + this.#random() / 10);
    this.#openUntilMs = Math.max(this.#openUntilMs ?? 0, untilMs);
    if (!wasOpen) this.#onChange("open");
  }
}
