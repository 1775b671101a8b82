import type { WorkSizes } from "./work.js";

/** About a second of CPU or more in most runs, of which the clock misses at most a hundredth. */
export const fullSizes: WorkSizes = {
  isQuick: false,
  unaryCalls: 4_000,
  pageCalls: 2_000,
  documentCalls: 400,
  streams: 50,
  pacedChunks: 200,
  fastChunks: 2_000,
  latencyCalls: 600,
  idleStreams: [1_000, 5_000],
  killedStreams: 1_000,
  idleLimitMs: 120_000,
  idleRestMs: 6_000,
  // V8 waits for 8 s of rest before it collects what a start has left.
  restMs: 12_000,
};

/** Seconds in all: enough to see that something became twice as dear. */
export const quickSizes: WorkSizes = {
  isQuick: true,
  unaryCalls: 1_000,
  pageCalls: 100,
  documentCalls: 40,
  streams: 20,
  pacedChunks: 100,
  fastChunks: 1_000,
  latencyCalls: 100,
  idleStreams: [500],
  killedStreams: 200,
  idleLimitMs: 60_000,
  idleRestMs: 500,
  restMs: 500,
};
