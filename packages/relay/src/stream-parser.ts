import { type AnswerEvent, type Secret, UpstreamError } from "@meridian/core";
import { createParser, type EventSourceParser } from "eventsource-parser";
import { type ChunkReader, createChunkReader } from "./chunk-reader.js";
import { errorOf, failureFromErrorBody } from "./classify-failure.js";
import { malformed } from "./parse-answer.js";
import { parseJson } from "./read-json.js";

/** What a stream is read with. */
export interface StreamOptions {
  readonly status: number;
  readonly key: Secret;
  /** How many answers were asked for. */
  readonly choices: number;
  /** The longest event, in characters. */
  readonly maxEventLength: number;
  /** As `RelayRequest.keepsSource`. */
  readonly keepsSource?: boolean;
}

/** How a streamed answer has ended. */
export interface StreamOutcome {
  /** Whether `[DONE]` has come: nothing that follows matters. */
  readonly isDone: boolean;
  /** Undefined where the answer is whole. */
  readonly error: UpstreamError | undefined;
}

/** Reads the bytes of one streamed answer: text -> server-sent events -> chunks -> events. */
export interface StreamParser {
  /** Reads the next bytes; none any more once there is an outcome. */
  read(bytes: Uint8Array): void;
  /** Whether `take` would give any. */
  readonly hasEvents: boolean;
  /** The events that have been read and not taken, in order. */
  take(): readonly AnswerEvent[];
  /** The input has ended; `cause` says why where it broke off. Gives the outcome. */
  end(cause?: Error): StreamOutcome;
  /** Undefined while the answer goes on. The events that are left come before it. */
  readonly outcome: StreamOutcome | undefined;
}

/**
 * Creates the parser of one stream. The answer ends with `[DONE]` once every choice has ended, or where the input ends with
 * every choice ended. One event that is not a chunk is passed over, if the stream still ends properly. An error event, a
 * second malformed event, an event that is too long and an early end are failures.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createStreamParser(options: StreamOptions): StreamParser {
  return new EventStreamParser(options);
}

/** A class, with a decoder and a parser of events only where they are needed: there is one for each open stream. */
class EventStreamParser implements StreamParser {
  readonly #options: StreamOptions;
  readonly #chunks: ChunkReader;
  /** From the first event on that is not as usual. */
  #parser: EventSourceParser | undefined;
  #hasBegun = false;
  /** Once a character was cut in two. */
  #decoder: TextDecoder | undefined;
  #events: AnswerEvent[] = [];
  #outcome: StreamOutcome | undefined;
  #malformedEvents = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#chunks = createChunkReader(options);
  }

  get outcome(): StreamOutcome | undefined {
    return this.#outcome;
  }

  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  read(bytes: Uint8Array): void {
    if (this.#outcome !== undefined) return;
    const text = this.#textOf(bytes);
    const rest = this.#parser === undefined ? this.#afterUsual(text) : text;
    if (rest === "") return;
    this.#parser ??= this.#createParser();
    this.#parser.feed(rest);
  }

  take(): readonly AnswerEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  end(cause?: Error): StreamOutcome {
    const isEnded = cause === undefined && this.#chunks.isWhole(this.#options.choices);
    this.#outcome ??= { isDone: false, error: isEnded ? undefined : this.#truncated(cause) };
    return this.#outcome;
  }

  /** A decoder of its own takes as much memory as all else here, and mostly there is nothing to remember. */
  #textOf(bytes: Uint8Array): string {
    if (this.#decoder === undefined && (bytes.at(-1) ?? 0) < firstNotAscii) return utf8.decode(bytes);
    this.#decoder ??= new TextDecoder("utf-8", utf8);
    return this.#decoder.decode(bytes, streamed);
  }

  /**
   * Reads whole events of one line, as nearly all relays send them, and gives the text from the first on that is anything else.
   * For those a parser that keeps nothing between them will do, and the other takes a kilobyte of each open stream.
   */
  #afterUsual(text: string): string {
    // It ends a line, too.
    if (text.includes("\r")) return text;
    let at = 0;
    while (text.startsWith(usualStart, at)) {
      const end = text.indexOf("\n", at);
      if (end === -1 || text[end + 1] !== "\n") break;
      this.#hasBegun = true;
      this.#readData(text.slice(at + usualStart.length, end));
      at = end + 2;
    }
    return text.slice(at);
  }

  #createParser(): EventSourceParser {
    const parser = createParser({
      onEvent: ({ data }) => this.#readData(data),
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded") this.#failTooLong();
      },
      // It counts the field's name too.
      maxBufferSize: this.#options.maxEventLength + usualStart.length,
    });
    // A byte order mark counts at the start of a stream alone.
    if (this.#hasBegun) parser.feed("\n");
    return parser;
  }

  #readData(data: string): void {
    if (this.#outcome !== undefined) return;
    // The parser looks only at what it keeps; an event that comes in one piece never is.
    if (data.length > this.#options.maxEventLength) {
      this.#failTooLong();
      return;
    }
    if (data === "[DONE]") {
      this.#outcome = { isDone: true, error: this.#chunks.isWhole(1) ? undefined : this.#truncated() };
      return;
    }
    const { status, key, keepsSource = false } = this.#options;
    const value = parseJson(data, keepsSource);
    const error = errorOf(value);
    if (error !== undefined) {
      this.#fail(new UpstreamError(failureFromErrorBody(error, key, status)));
    } else if (!this.#chunks.read(value, this.#events, data.length)) {
      this.#malformedEvents += 1;
      if (this.#malformedEvents > 1) this.#fail(malformed(status, "more than one event is not a chunk"));
    }
  }

  #truncated(cause?: Error): UpstreamError {
    const { deltas } = this.#chunks;
    return new UpstreamError({ kind: "stream_truncated", deltas }, cause === undefined ? undefined : { cause });
  }

  #failTooLong(): void {
    const { status, maxEventLength } = this.#options;
    this.#fail(malformed(status, `an event is longer than ${maxEventLength} characters`));
  }

  #fail(error: UpstreamError): void {
    this.#outcome ??= { isDone: false, error };
  }
}

/** What an event of one line begins with. */
const usualStart = "data: ";
/** The lowest byte that is none of ASCII: no character goes on after a lower one. */
const firstNotAscii = 0x80;
/** The parser knows where a byte order mark counts. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const streamed = { stream: true };
