import type { AnswerDelta, AnswerEvent, AnswerIdentity, SourceChunk, Usage } from "@meridian/core";
import type { AttemptSignal } from "./attempt-signal.js";
import type { TextMeter } from "./text-meter.js";

/**
 * How long a stream whose every choice has ended may take to close, in milliseconds. Usage may still come; the answer is
 * whole either way.
 */
const finishGraceMs = 1_000;

/** Why one choice ended. */
export interface ChoiceEnd {
  readonly choice: number;
  readonly finishReason: string;
}

/** What of a relay's stream goes on to the caller: its chunks as they came, where it tells them, or else its deltas. */
export type AnswerPiece = AnswerDelta | SourceChunk;

/** Reads the content of one attempt's stream and keeps what the stream says of itself. */
export interface DeltaReader {
  /** The next pieces, those that came together; undefined after a proper end. Rejects where the stream fails. */
  next(): Promise<readonly AnswerPiece[] | undefined>;
  /** Closes the relay's stream, if it is open still. Never rejects: the outcome is known by then. */
  close(): Promise<void>;
  readonly identity: AnswerIdentity;
  readonly ends: readonly ChoiceEnd[];
  /** What the relay reported; undefined where it has not. */
  readonly usage: Usage | undefined;
}

/** What a reader reads, and for whom. */
export interface DeltaSource {
  readonly events: AsyncIterable<readonly AnswerEvent[]> | Iterable<readonly AnswerEvent[]>;
  /** How many answers were asked for. */
  readonly choices: number;
  readonly limits: AttemptSignal;
  /** Gets every piece of generated text but that of reasoning. */
  readonly meter: TextMeter;
  /** Gets every piece of reasoning. */
  readonly reasoningMeter: TextMeter;
}

/** Creates the reader of one stream. */
export function createDeltaReader({ events, choices, limits, meter, reasoningMeter }: DeltaSource): DeltaReader {
  const iterator = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
  const ends: ChoiceEnd[] = [];
  let identity: AnswerIdentity = { id: "", created: 0 };
  let usage: Usage | undefined;
  let hasSources = false;

  const isWhole = () => ends.length >= choices;

  /** What of an event goes on to the caller; undefined where it is kept here. */
  const pieceOf = (event: AnswerEvent): AnswerPiece | undefined => {
    switch (event.type) {
      case "answer-identity":
        identity = event.identity;
        return undefined;
      case "answer-usage":
        usage = event.usage;
        return undefined;
      case "choice-end":
        // Some relays say it twice; counted twice, another choice would be taken for ended.
        if (!ends.some(({ choice }) => choice === event.choice))
          ends.push({ choice: event.choice, finishReason: event.finishReason });
        if (isWhole()) limits.limit("idle_limit", finishGraceMs);
        return undefined;
      case "source-chunk":
        hasSources = true;
        return event;
      case "tool-call-delta":
        meter.add(event.name === undefined ? event.arguments : event.name + event.arguments);
        break;
      case "reasoning-delta":
        reasoningMeter.add(event.text);
        break;
      default:
        meter.add(event.text);
    }
    return hasSources ? undefined : event;
  };

  return {
    async next() {
      try {
        for (;;) {
          limits.waiting(true);
          const result = await iterator.next();
          if (result.done === true) return undefined;
          const pieces: AnswerPiece[] = [];
          for (const event of result.value) {
            const piece = pieceOf(event);
            if (piece !== undefined) pieces.push(piece);
          }
          if (pieces.length > 0) return pieces;
        }
      } catch (error) {
        if (isWhole()) return undefined;
        throw error;
      } finally {
        limits.waiting(false);
      }
    },
    async close() {
      try {
        await iterator.return?.();
      } catch {
        // A socket that breaks in closing is closed.
      }
    },
    get identity() {
      return identity;
    },
    get ends() {
      return ends;
    },
    get usage() {
      return usage;
    },
  };
}
