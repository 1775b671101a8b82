import type { BreakerPolicy, BreakerState, Clock } from "@meridian/core";

/**
 * Keeps calls away from a deployment that fails.
 *
 * States: `closed` (calls pass; failures in a row are counted) -> `open` (no call passes until a time) -> `half_open` (one
 * call at a time passes as a probe) -> `closed` on its success, `open` again on its failure.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #clock: Clock;
  readonly #random: () => number;
  #failuresInARow = 0;
  #openUntilMs: number | undefined;
  #openedAtMs = Number.NEGATIVE_INFINITY;
  #probing = false;

  constructor(policy: BreakerPolicy, clock: Clock, random: () => number) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
  }

  /** The state now. */
  get state(): BreakerState {
    if (this.#openUntilMs === undefined) return "closed";
    return this.#clock.now() < this.#openUntilMs ? "open" : "half_open";
  }

  /** Milliseconds until a call may pass; 0 where one may pass now. While a probe is under way, as if it failed now. */
  get retryAfterMs(): number {
    if (this.#probing) return this.#policy.openMs;
    return this.#openUntilMs === undefined ? 0 : Math.max(0, this.#openUntilMs - this.#clock.now());
  }

  /**
   * Whether a call that began then says nothing any more: the breaker has opened since. Its end is not to be told, or it
   * would be taken for the end of the probe.
   */
  isOutdated(permittedAtMs: number): boolean {
    return permittedAtMs < this.#openedAtMs;
  }

  /** Whether a call may pass. One that may must be followed by exactly one of succeeded, failed, accountRefused or released. */
  permit(): boolean {
    const state = this.state;
    if (state === "closed") return true;
    if (state === "open" || this.#probing) return false;
    this.#probing = true;
    return true;
  }

  /** The call was answered. */
  succeeded(): void {
    this.#failuresInARow = 0;
    this.#openUntilMs = undefined;
    this.#probing = false;
  }

  /** The deployment failed the call. */
  failed(): void {
    this.#failuresInARow += 1;
    const failedProbe = this.#probing;
    this.#probing = false;
    if (failedProbe || this.#failuresInARow >= this.#policy.consecutiveFailures) this.#open(this.#policy.openMs);
  }

  /** The deployment's account is refused: a key or a credit, which the next call would not find mended. */
  accountRefused(): void {
    this.#probing = false;
    this.#open(this.#policy.accountOpenMs);
  }

  /** The call ended without saying anything of the deployment. */
  released(): void {
    this.#probing = false;
  }

  #open(forMs: number): void {
    this.#openedAtMs = this.#clock.now();
    const untilMs = this.#openedAtMs + forMs * (1 + this.#random() / 10);
    this.#openUntilMs = Math.max(this.#openUntilMs ?? 0, untilMs);
  }
}
