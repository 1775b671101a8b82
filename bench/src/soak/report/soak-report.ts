import type { ProcessSample } from "../../probe/take-sample.js";

/** The proxy at rest, after a wave of load. */
export interface RestSample extends ProcessSample {
  /** Calls that have ended by then, since the process began. */
  readonly calls: number;
  /** Connections at the relays. */
  readonly relaySockets: number;
  /** Calls that the proxy, and answers that the relays, believe to be under way. */
  readonly inFlight: number;
}

/** Something that has to hold. */
export interface Check {
  readonly name: string;
  readonly isPassed: boolean;
  /** What was found, next to what may be. */
  readonly found: string;
}

/** What came of a soak. */
export interface SoakReport {
  readonly startedAt: string;
  readonly seed: number;
  readonly streams: number;
  readonly waves: number;
  readonly loadSeconds: number;
  /** The most streams that the proxy had under way at once. */
  readonly peakStreams: number;
  /** How the calls ended, as their callers saw it: "answered", "left", or the code and reason of an error. */
  readonly ends: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly relayFaults: number;
  /** The first is taken after the wave for warmth. */
  readonly samples: readonly RestSample[];
  readonly checks: readonly Check[];
}
