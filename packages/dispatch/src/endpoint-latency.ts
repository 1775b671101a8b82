import type { Clock, Transport } from "@meridian/core";
import { PairMap } from "./pair-map.js";

/** How soon a figure gives way to newer ones, or to the probe where none come: to 37 % in this time, in milliseconds. */
const decayMs = 10_000;

/** How many usual deviations above the expected time are no chance any more, as of RFC 6298's retransmission timer. */
const usualDeviations = 4;

/**
 * So many streams must wait at once to tell of their endpoint, or be slow beyond chance or hang within `decayMs`: one may be
 * slow by itself, and so may this process.
 */
const telling = 2;

/**
 * How long each endpoint takes until the first content of a stream comes, by what the attempts see. Headers do not count:
 * a relay may send them at once and think for seconds. Nor do whole answers: their time depends on their length.
 * Shared by all calls of a process.
 */
export interface EndpointLatency {
  /**
   * What the next stream of the model is expected to take there, in milliseconds; undefined where nothing is measured.
   *
   * An average that streams move the nearer the older it is. The second within 10 s that is slower than the model's usual
   * variation explains replaces it at once, unless a stream that began later was served before it. Without
   * streams the figure moves in the same way to what the probe says, plus what the model usually takes over the probe. It
   * is never less than what two waiting streams have waited already, of those that were not overtaken.
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

/** What a stream of a model takes over its endpoint's probe. It makes probes and streams comparable. */
interface Overhead extends Figure {
  /** How far streams are from it, on average. */
  readonly deviationMs: number;
}

interface Track {
  readonly endpoint: string;
  readonly model: string;
  inFlight: number;
  /** Streams without content, the oldest first. */
  readonly waiting: Set<{ readonly beganAtMs: number }>;
  /** When the stream began that was the last to begin of those that have got content. */
  servedBeganAtMs: number;
  figure: Figure | undefined;
  /** When contents came that were slow beyond chance, and when streams ended that never got any: as many as tell. */
  oddAtMs: readonly number[];
  hungAtMs: readonly number[];
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
  /** By model. */
  const overheads = new Map<string, Overhead>();

  const trackOf = (endpoint: string, model: string): Track =>
    tracks.getOrMake(endpoint, model, () => ({
      endpoint,
      model,
      inFlight: 0,
      waiting: new Set(),
      servedBeganAtMs: Number.NEGATIVE_INFINITY,
      figure: undefined,
      oddAtMs: [],
      hungAtMs: [],
    }));

  const sinceMs = (atMs: number) => clock.now() - atMs;
  const movedTo = (targetMs: number, { ms, atMs }: Figure) =>
    targetMs + (ms - targetMs) * Math.exp(-sinceMs(atMs) / decayMs);

  const measuredMs = ({ endpoint, model, figure }: Track): number | undefined => {
    const probed = probedMs(endpoint);
    if (probed === undefined) return figure?.ms;
    const idleMs = probed + (overheads.get(model)?.ms ?? 0);
    return figure === undefined ? idleMs : movedTo(idleMs, figure);
  };

  const isOvertaken = (track: Track, beganAtMs: number) => beganAtMs < track.servedBeganAtMs;

  /** Whether chance does not explain that a stream took so long. */
  const isOdd = (track: Track, ms: number): boolean => {
    const knownMs = measuredMs(track);
    if (knownMs === undefined) return false;
    return ms > knownMs + usualDeviations * (overheads.get(track.model)?.deviationMs ?? knownMs / 2);
  };

  /** The moments of what may tell, with this one: those that are not too long ago, and no more than are needed. */
  const noted = (moments: readonly number[]) =>
    [...moments.filter((atMs) => sinceMs(atMs) < decayMs), clock.now()].slice(-telling);

  const replace = (track: Track, ms: number) => {
    track.figure = { ms, atMs: clock.now() };
  };

  /** Takes a stream into the average. */
  const move = (track: Track, ms: number) => {
    track.figure = { ms: track.figure === undefined ? ms : movedTo(ms, track.figure), atMs: clock.now() };
  };

  /** What a stream took says something of its model, too. */
  const learnOverhead = ({ endpoint, model }: Track, ms: number, isUsual: boolean) => {
    const probed = probedMs(endpoint);
    if (probed === undefined) return;
    const overheadMs = Math.max(0, ms - probed);
    const known = overheads.get(model) ?? { ms: overheadMs, deviationMs: overheadMs / 2, atMs: clock.now() };
    const deviation = { ms: known.deviationMs, atMs: known.atMs };
    overheads.set(model, {
      ms: movedTo(overheadMs, known),
      deviationMs: isUsual ? movedTo(Math.abs(overheadMs - known.ms), deviation) : known.deviationMs,
      atMs: clock.now(),
    });
  };

  /** Takes in a stream that ended without content. That one ended soon says nothing: it has failed. */
  const hasHung = (track: Track, waitedMs: number, beganAtMs: number) => {
    if (waitedMs <= (measuredMs(track) ?? waitedMs)) return;
    track.hungAtMs = noted(track.hungAtMs);
    if (!isOvertaken(track, beganAtMs)) replace(track, waitedMs);
    else if (track.hungAtMs.length >= telling) move(track, waitedMs);
  };

  return {
    expectedMs(endpoint, model) {
      const track = trackOf(endpoint, model);
      const measured = measuredMs(track);
      if (measured === undefined) return undefined;
      let waits = 0;
      for (const { beganAtMs } of track.waiting) {
        if (isOvertaken(track, beganAtMs)) continue;
        waits += 1;
        if (waits === telling) return Math.max(measured, sinceMs(beganAtMs));
      }
      return measured;
    },
    inFlight: (endpoint, model) => trackOf(endpoint, model).inFlight,
    began(endpoint, model, transport) {
      const track = trackOf(endpoint, model);
      track.inFlight += 1;
      const wait = { beganAtMs: clock.now() };
      const { beganAtMs } = wait;
      if (transport === "stream") track.waiting.add(wait);
      let contentMs: number | undefined;
      let wasOdd = false;
      let hasCounted = false;
      return {
        contentArrived() {
          if (!track.waiting.delete(wait)) return;
          contentMs = sinceMs(beganAtMs);
          wasOdd = !isOvertaken(track, beganAtMs) && isOdd(track, contentMs);
          if (wasOdd && track.figure !== undefined) track.oddAtMs = noted(track.oddAtMs);
          hasCounted = wasOdd && (track.figure === undefined || track.oddAtMs.length >= telling);
          if (hasCounted) replace(track, contentMs);
          track.servedBeganAtMs = Math.max(track.servedBeganAtMs, beganAtMs);
        },
        ended() {
          track.inFlight -= 1;
          if (contentMs !== undefined) {
            if (!hasCounted) move(track, contentMs);
            learnOverhead(track, contentMs, !wasOdd);
          } else if (track.waiting.delete(wait)) hasHung(track, sinceMs(beganAtMs), beganAtMs);
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
