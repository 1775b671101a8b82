import { type AnswerEvent, type Secret, UpstreamError } from "@meridian/core";
import { createParser } from "eventsource-parser";
import { createChunkReader } from "./chunk-reader.js";
import { errorOf, failureFromErrorBody } from "./classify-failure.js";
import { malformed } from "./parse-answer.js";
import { parseJson } from "./read-json.js";
import type { BodyBytes } from "./response-body.js";

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

/**
 * The events of a streamed answer: bytes -> text -> server-sent events -> chunks -> events, each only as fast as the next
 * is asked for.
 *
 * Ends after `[DONE]` once every choice has ended, or where the input ends with every choice ended. One event that is not
 * a chunk is passed over, if the stream still ends properly.
 *
 * @throws UpstreamError on an error event, a second malformed event, an event that is too long, and an early end
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readStream({ bytes, finish }: BodyBytes, options: StreamOptions): AsyncGenerator<AnswerEvent> {
  const { status, key, choices, maxEventLength, keepsSource = false } = options;
  const chunks = createChunkReader({ keepsSource });
  const decoder = new TextDecoder();
  let pending: string[] = [];
  let malformedEvents = 0;
  let isTooLong = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      // The parser looks only at what it keeps; an event that comes in one piece never is.
      if (data.length > maxEventLength) isTooLong = true;
      else if (!isTooLong) pending.push(data);
    },
    onError: ({ type }) => {
      isTooLong ||= type === "max-buffer-size-exceeded";
    },
    // It counts the field's name too.
    maxBufferSize: maxEventLength + "data: ".length,
  });
  const truncated = (options?: ErrorOptions) =>
    new UpstreamError({ kind: "stream_truncated", deltas: chunks.deltas }, options);

  try {
    for await (const piece of inSlices(bytes)) {
      parser.feed(decoder.decode(piece, { stream: true }));
      const events = pending;
      pending = [];
      for (const data of events) {
        if (data === "[DONE]") {
          finish();
          if (chunks.isWhole(1)) return;
          throw truncated();
        }
        const value = parseJson(data, keepsSource);
        const error = errorOf(value);
        if (error !== undefined) throw new UpstreamError(failureFromErrorBody(error, key, status));
        const read = chunks.read(value, data.length);
        if (read === undefined) {
          if (++malformedEvents > 1) throw malformed(status, "more than one event is not a chunk");
          continue;
        }
        // One by one: `yield*` over a list takes several promises for each.
        for (const event of read) yield event;
      }
      if (isTooLong) throw malformed(status, `an event is longer than ${maxEventLength} characters`);
    }
  } catch (error) {
    // Who reads the bytes cannot know how many deltas they made.
    if (error instanceof UpstreamError && error.failure.kind === "stream_truncated")
      throw truncated({ cause: error.cause });
    throw error;
  }
  if (!chunks.isWhole(choices)) throw truncated();
}

/** What is parsed ahead of whoever takes the events, in bytes: as text and as events it is several times as large. */
const sliceBytes = 8_192;

async function* inSlices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes)
    for (let at = 0; at < piece.byteLength; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
}
