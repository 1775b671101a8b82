import type { Clock } from "@meridian/core";

/** The window moves on by so many parts of its length: what leaves it leaves up to a tenth of the window late. */
const slices = 10;

/** Counts what happened within the last `windowMs`. Takes the same little memory however much that was. */
export class SlidingCount {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #counts = new Float64Array(slices);
  #newest: number;
  #total = 0;

  constructor(windowMs: number, clock: Clock) {
    this.#clock = clock;
    this.#sliceMs = windowMs / slices;
    this.#newest = Math.floor(clock.now() / this.#sliceMs);
  }

  /** How many there were. */
  get total(): number {
    this.#moveOn();
    return this.#total;
  }

  /** Counts one that happens now. */
  add(): void {
    this.#moveOn();
    const slice = this.#newest % slices;
    this.#counts[slice] = (this.#counts[slice] ?? 0) + 1;
    this.#total += 1;
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #moveOn(): void {
    const now = Math.floor(this.#clock.now() / this.#sliceMs);
    if (now - this.#newest >= slices) this.clear();
    else
      for (let slice = this.#newest + 1; slice <= now; slice += 1) {
        this.#total -= this.#counts[slice % slices] ?? 0;
        this.#counts[slice % slices] = 0;
      }
    this.#newest = now;
  }
}
