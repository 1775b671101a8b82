import type { Clock, Transport } from "@meridian/core";
import { PairMap } from "./pair-map.js";

/** How soon a figure gives way to newer ones, or to the probe where none come: to 37 % in this time, in milliseconds. */
const decayMs = 10_000;

/**
 * How long each endpoint takes until the first content of a stream comes, by what the attempts see. Headers do not count:
 * a relay may send them at once and think for seconds. Nor do whole answers: their time depends on their length.
 * Shared by all calls of a process.
 */
export interface EndpointLatency {
  /**
   * What the next stream of the model is expected to take there, in milliseconds; undefined where nothing is measured.
   *
   * A peak EWMA: a slower stream replaces the figure at once, a faster one moves it the nearer the older it is. Without
   * streams it moves in the same way to what the probe says, plus what the model usually takes over the probe. It is
   * never less than the time that the longest waiting attempt has waited already.
   */
  expectedMs(endpoint: string, model: string): number | undefined;
  /** Attempts of the model that are under way there, of either transport. */
  inFlight(endpoint: string, model: string): number;
  /** An attempt has begun. */
  began(endpoint: string, model: string, transport: Transport): AttemptTiming;
  /** Forgets the models at endpoints, by id and name, that the configuration no longer has. */
  retain(stays: (endpoint: string, model: string) => boolean): void;
}

/** How an attempt tells of itself. */
export interface AttemptTiming {
  /**
   * The first content has come. Slowness counts at once, speed only when the stream has ended: who answers fast and then
   * breaks off was not fast.
   */
  contentArrived(): void;
  /** The attempt is over, however it ended. To be called once. One without content was as slow as it waited, or slower. */
  ended(): void;
}

interface Figure {
  readonly ms: number;
  readonly atMs: number;
}

interface Track {
  readonly endpoint: string;
  readonly model: string;
  inFlight: number;
  /** Streams without content, the oldest first. */
  readonly waiting: Set<{ readonly beganAtMs: number }>;
  figure: Figure | undefined;
}

/**
 * Creates the latencies of the endpoints and models that one configuration names; it bounds how much is kept.
 *
 * @param probedMs the last probe of an endpoint, in milliseconds; undefined where none was answered
 */
export function createEndpointLatency(
  clock: Clock,
  probedMs: (endpoint: string) => number | undefined,
): EndpointLatency {
  const tracks = new PairMap<Track>();
  /** By model: what a stream takes over its endpoint's probe. It makes probes and streams comparable. */
  const overheads = new Map<string, Figure>();

  const trackOf = (endpoint: string, model: string): Track =>
    tracks.getOrMake(endpoint, model, () => {
      return { endpoint, model, inFlight: 0, waiting: new Set(), figure: undefined };
    });

  const sinceMs = (atMs: number) => clock.now() - atMs;
  const movedTo = (targetMs: number, { ms, atMs }: Figure) =>
    targetMs + (ms - targetMs) * Math.exp(-sinceMs(atMs) / decayMs);

  const measuredMs = ({ endpoint, model, figure }: Track): number | undefined => {
    const probed = probedMs(endpoint);
    if (probed === undefined) return figure?.ms;
    const idleMs = probed + (overheads.get(model)?.ms ?? 0);
    return figure === undefined ? idleMs : movedTo(idleMs, figure);
  };

  const raise = (track: Track, ms: number) => {
    const knownMs = measuredMs(track);
    if (knownMs !== undefined && ms > knownMs) track.figure = { ms, atMs: clock.now() };
  };

  const settle = (track: Track, ms: number) => {
    const { endpoint, model, figure } = track;
    const atMs = clock.now();
    if (figure === undefined) track.figure = { ms, atMs };
    // What is slower than the figure has counted when it came, and may be long ago.
    else if (ms <= (measuredMs(track) ?? ms)) track.figure = { ms: movedTo(ms, figure), atMs };
    const probed = probedMs(endpoint);
    if (probed === undefined) return;
    const overheadMs = Math.max(0, ms - probed);
    const usual = overheads.get(model);
    overheads.set(model, { ms: usual === undefined ? overheadMs : movedTo(overheadMs, usual), atMs });
  };

  return {
    expectedMs(endpoint, model) {
      const track = trackOf(endpoint, model);
      const measured = measuredMs(track);
      const oldest = track.waiting.size === 0 ? undefined : track.waiting.values().next().value;
      return measured === undefined || oldest === undefined ? measured : Math.max(measured, sinceMs(oldest.beganAtMs));
    },
    inFlight: (endpoint, model) => trackOf(endpoint, model).inFlight,
    began(endpoint, model, transport) {
      const track = trackOf(endpoint, model);
      track.inFlight += 1;
      const wait = { beganAtMs: clock.now() };
      if (transport === "stream") track.waiting.add(wait);
      let contentMs: number | undefined;
      return {
        contentArrived() {
          if (!track.waiting.delete(wait)) return;
          contentMs = sinceMs(wait.beganAtMs);
          raise(track, contentMs);
        },
        ended() {
          track.inFlight -= 1;
          if (contentMs !== undefined) settle(track, contentMs);
          else if (track.waiting.delete(wait)) raise(track, sinceMs(wait.beganAtMs));
        },
      };
    },
    retain(stays) {
      tracks.retain(stays);
      const models = new Set([...tracks].map(([, model]) => model));
      for (const model of overheads.keys()) if (!models.has(model)) overheads.delete(model);
    },
  };
}
