import type { Clock } from "@meridian/core";

/** How much a bucket holds, and how fast it fills. */
export interface BucketRate {
  readonly capacity: number;
  readonly perMinute: number;
}

/** What adding up fractions may have lost. */
const rounding = 1e-6;

/**
 * Lets through at most `capacity` at once and `perMinute` in the long run. What is larger than the bucket passes when the
 * bucket is full, and is paid off afterwards.
 *
 * @see https://en.wikipedia.org/wiki/Token_bucket
 */
export class TokenBucket {
  readonly #rate: BucketRate;
  readonly #clock: Clock;
  #level: number;
  #filledAtMs: number;

  constructor(rate: BucketRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#level = rate.capacity;
    this.#filledAtMs = clock.now();
  }

  /** Milliseconds until so much may be taken; 0: now. */
  waitMs(amount: number): number {
    this.#fill();
    const missing = Math.min(amount, this.#rate.capacity) - this.#level;
    return missing < rounding ? 0 : (missing / this.#rate.perMinute) * 60_000;
  }

  /** Takes so much, whether it is there or not. A negative amount is given back. */
  take(amount: number): void {
    this.#fill();
    this.#level = Math.min(this.#rate.capacity, this.#level - amount);
  }

  /** How many may be taken now; never negative. */
  get remaining(): number {
    this.#fill();
    return Math.max(0, Math.floor(this.#level + rounding));
  }

  #fill(): void {
    const nowMs = this.#clock.now();
    const filled = ((nowMs - this.#filledAtMs) / 60_000) * this.#rate.perMinute;
    this.#level = Math.min(this.#rate.capacity, this.#level + filled);
    this.#filledAtMs = nowMs;
  }
}
