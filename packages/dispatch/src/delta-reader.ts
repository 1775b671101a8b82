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
  readonly meters: TextMeters;
}

/** What counts the text of an attempt; each is made when it is first asked for. */
export interface TextMeters {
  /** Gets every piece of generated text but that of reasoning. */
  readonly meter: TextMeter;
  /** Gets every piece of reasoning, which may have a price of its own. */
  readonly reasoningMeter: TextMeter;
}

/** Creates the reader of one stream. */
export function createDeltaReader(source: DeltaSource): DeltaReader {
  return new EventReader(source);
}

/** A class: each stream that is open has one. */
class EventReader implements DeltaReader {
  readonly ends: ChoiceEnd[] = [];
  identity: AnswerIdentity = unknownIdentity;
  usage: Usage | undefined;
  readonly #iterator: AsyncIterator<readonly AnswerEvent[]> | Iterator<readonly AnswerEvent[]>;
  readonly #source: Pick<DeltaSource, "choices" | "limits" | "meters">;
  #hasSources = false;
  readonly #take = (result: IteratorResult<readonly AnswerEvent[]>) => {
    this.#source.limits.waiting(false);
    if (result.done === true) return undefined;
    const pieces: AnswerPiece[] = [];
    for (const event of result.value) {
      const piece = this.#pieceOf(event);
      if (piece !== undefined) pieces.push(piece);
    }
    return pieces.length > 0 ? pieces : this.next();
  };
  readonly #fail = (error: unknown) => {
    this.#source.limits.waiting(false);
    if (!this.#isWhole()) throw error;
    return undefined;
  };

  constructor({ events, choices, limits, meters }: DeltaSource) {
    this.#iterator = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
    this.#source = { choices, limits, meters };
  }

  /** No async function: it would be held, with a frame of its own, for as long as the relay is silent. */
  next(): Promise<readonly AnswerPiece[] | undefined> {
    this.#source.limits.waiting(true);
    return Promise.resolve(this.#iterator.next()).then(this.#take, this.#fail);
  }

  async close(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // A socket that breaks in closing is closed.
    }
  }

  #isWhole(): boolean {
    return this.ends.length >= this.#source.choices;
  }

  /** What of an event goes on to the caller; undefined where it is kept here. */
  #pieceOf(event: AnswerEvent): AnswerPiece | undefined {
    const { limits, meters } = this.#source;
    switch (event.type) {
      case "answer-identity":
        this.identity = event.identity;
        return undefined;
      case "answer-usage":
        this.usage = event.usage;
        return undefined;
      case "choice-end":
        // Some relays say it twice; counted twice, another choice would be taken for ended.
        if (!this.ends.some(({ choice }) => choice === event.choice))
          this.ends.push({ choice: event.choice, finishReason: event.finishReason });
        if (this.#isWhole()) limits.limit("idle_limit", finishGraceMs);
        return undefined;
      case "source-chunk":
        this.#hasSources = true;
        return event;
      case "tool-call-delta":
        meters.meter.add(event.name === undefined ? event.arguments : event.name + event.arguments);
        break;
      case "reasoning-delta":
        meters.reasoningMeter.add(event.text);
        break;
      default:
        meters.meter.add(event.text);
    }
    return this.#hasSources ? undefined : event;
  }
}

const unknownIdentity: AnswerIdentity = { id: "", created: 0 };
