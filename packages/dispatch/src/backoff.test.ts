import { expect, test } from "vitest";
import { backoffMs } from "./backoff.js";

const backoff = { baseMs: 1_000, maxMs: 30_000 };

test.each([
  ["the first retry waits up to the base", 1, 1, 1_000],
  ["each further one up to twice as long", 2, 1, 2_000],
  ["and again", 5, 1, 16_000],
  ["never more than the cap", 6, 1, 30_000],
  ["not even for absurd counts", 5_000, 1, 30_000],
  ["jitter is full: half the chance, half the wait", 3, 0.5, 2_000],
  ["down to nothing", 3, 0, 0],
])("%s", (_name, n, chance, expected) => {
  expect(backoffMs(n, backoff, () => chance)).toBe(expected);
});
