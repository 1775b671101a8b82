import { setTimeout as sleep } from "node:timers/promises";

/** How often a number that has stopped growing is looked at, and how long it must stand still, in milliseconds. */
const [lookMs, standMs] = [10, 200] as const;

/** Waits until a number has stopped growing above 0, and gives it. Rejects where it still grows after `limitMs`. */
export async function hasStopped(
  read: () => number | undefined | Promise<number | undefined>,
  limitMs = 10_000,
): Promise<number> {
  const startMs = performance.now();
  let last = 0;
  let sinceMs = startMs;
  while (performance.now() - startMs < limitMs) {
    const now = (await read()) ?? 0;
    if (now !== last) {
      last = now;
      sinceMs = performance.now();
    } else if (now > 0 && performance.now() - sinceMs >= standMs) return now;
    await sleep(lookMs);
  }
  throw new Error(`still growing after ${limitMs} ms: ${last}`);
}
