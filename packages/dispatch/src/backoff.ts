import type { Backoff } from "@meridian/core";

/**
 * Delay before retry `n` (1-based), in milliseconds: exponential with full jitter, capped.
 *
 * @param random gives a number of [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(n: number, backoff: Backoff, random: () => number): number {
  return random() * Math.min(backoff.maxMs, backoff.baseMs * 2 ** (n - 1));
}
