import { performance } from "node:perf_hooks";
import type { Clock } from "@meridian/core";

/** The system's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const dueMs = performance.now() + delayMs;
    // A timer counts from the start of the loop's turn, and so may fire before its time.
    const check = () => {
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) timer = setTimeout(check, leftMs);
      else callback();
    };
    let timer = setTimeout(check, delayMs);
    return () => clearTimeout(timer);
  },
};
