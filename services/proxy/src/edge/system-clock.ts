import { performance } from "node:perf_hooks";
import type { Clock } from "@meridian/core";

/** The system's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
