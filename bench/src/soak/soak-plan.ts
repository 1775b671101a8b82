/** How a soak is run. Same plan, same calls in the same order of each caller; what they meet is a matter of timing. */
export interface SoakPlan {
  /** Streams at once. */
  readonly streams: number;
  /** Waves of load after the one for warmth. After each the proxy is let come to rest and is measured. */
  readonly waves: number;
  /** How long a wave begins new calls, in seconds; those under way are waited for. */
  readonly waveSeconds: number;
  readonly seed: number;
  /** Told what happens, a line at a time. */
  readonly onProgress: (line: string) => void;
}

/** The size of a soak from what the command line says. */
export function planFrom(minutes: number, streams: number): Pick<SoakPlan, "streams" | "waves" | "waveSeconds"> {
  // Three samples at rest at the least: with fewer, nothing tells growth from chance.
  const waves = Math.max(3, Math.round((minutes * 60) / usualWaveSeconds));
  return { streams, waves, waveSeconds: (minutes * 60) / waves };
}

const usualWaveSeconds = 20;

/**
 * The pace of a relay's answers in tokens a second: together all streams carry some 1,000 a second, so that it is the
 * number of streams that is put to the test, and not the speed of the machine.
 */
export function tokensPerSecond(streams: number): number {
  return Math.min(50, Math.max(0.5, 1_000 / streams));
}

/** The mean length of paced streams, in tokens: from a third of a second to forty. */
export function answerTokens(streams: number): number {
  return streams > 500 ? 20 : 10;
}

/** How long callers take to begin a wave, in seconds: 50 new calls a second are well within what two cores do. */
export function rampSeconds(streams: number): number {
  return streams / 50;
}

/** The proxy's limits of headers, first token and idleness, in milliseconds: with many streams everybody waits longer. */
export function waitLimitMs(streams: number): number {
  return streams > 500 ? 10_000 : 2_000;
}
