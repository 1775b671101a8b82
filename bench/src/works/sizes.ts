import type { WorkSizes } from "./work.js";

/** About a second of CPU or more in most runs, of which the clock misses at most a hundredth. */
export const fullSizes: WorkSizes = {
  unaryCalls: 4_000,
  streams: 50,
  pacedChunks: 400,
  fastChunks: 2_000,
  latencyCalls: 300,
};

/** Seconds in all: enough to see that something became twice as dear. */
export const quickSizes: WorkSizes = {
  unaryCalls: 1_000,
  streams: 20,
  pacedChunks: 100,
  fastChunks: 500,
  latencyCalls: 100,
};
