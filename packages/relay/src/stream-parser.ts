import { type AnswerEvent, type Secret, UpstreamError } from "@meridian/core";
import { createParser } from "eventsource-parser";
import { createChunkReader } from "./chunk-reader.js";
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
  const { status, key, choices, maxEventLength, keepsSource = false } = options;
  const chunks = createChunkReader({ keepsSource });
  const decoder = new TextDecoder();
  let events: AnswerEvent[] = [];
  let outcome: StreamOutcome | undefined;
  let malformedEvents = 0;

  const fail = (error: UpstreamError) => {
    outcome ??= { isDone: false, error };
  };
  const truncated = (cause?: Error) =>
    new UpstreamError({ kind: "stream_truncated", deltas: chunks.deltas }, cause === undefined ? undefined : { cause });
  const failTooLong = () => fail(malformed(status, `an event is longer than ${maxEventLength} characters`));

  const readData = (data: string) => {
    if (data === "[DONE]") {
      outcome = { isDone: true, error: chunks.isWhole(1) ? undefined : truncated() };
      return;
    }
    const value = parseJson(data, keepsSource);
    const error = errorOf(value);
    if (error !== undefined) return fail(new UpstreamError(failureFromErrorBody(error, key, status)));
    if (chunks.read(value, events, data.length)) return;
    malformedEvents += 1;
    if (malformedEvents > 1) fail(malformed(status, "more than one event is not a chunk"));
  };

  const parser = createParser({
    onEvent({ data }) {
      if (outcome !== undefined) return;
      // The parser looks only at what it keeps; an event that comes in one piece never is.
      if (data.length > maxEventLength) failTooLong();
      else readData(data);
    },
    onError({ type }) {
      if (type === "max-buffer-size-exceeded") failTooLong();
    },
    // It counts the field's name too.
    maxBufferSize: maxEventLength + "data: ".length,
  });

  return {
    read(bytes) {
      if (outcome === undefined) parser.feed(decoder.decode(bytes, streamed));
    },
    get hasEvents() {
      return events.length > 0;
    },
    take() {
      const taken = events;
      events = [];
      return taken;
    },
    end(cause) {
      const isEnded = cause === undefined && chunks.isWhole(choices);
      outcome ??= { isDone: false, error: isEnded ? undefined : truncated(cause) };
      return outcome;
    },
    get outcome() {
      return outcome;
    },
  };
}

const streamed = { stream: true };
