import { type AnswerEvent, UpstreamError } from "@meridian/core";
import type { BodyBytes } from "./response-body.js";
import { createStreamParser, type StreamOptions } from "./stream-parser.js";

/**
 * The events of a streamed answer, those of one read together, each batch only as it is asked for.
 *
 * @throws UpstreamError as the parser says
 */
export async function* readStream(
  { bytes, finish }: BodyBytes,
  options: StreamOptions,
): AsyncGenerator<readonly AnswerEvent[]> {
  const parser = createStreamParser(options);
  try {
    for await (const piece of inSlices(bytes)) {
      const events = parser.read(piece);
      const { outcome } = parser;
      if (outcome?.isDone === true) finish();
      if (events.length > 0) yield events;
      if (outcome?.error !== undefined) throw outcome.error;
      if (outcome !== undefined) return;
    }
  } catch (error) {
    // Who reads the bytes cannot know how many deltas they made.
    if (error instanceof UpstreamError && error.failure.kind === "stream_truncated" && error !== parser.outcome?.error)
      throw parser.end(error).error;
    throw error;
  }
  const { error } = parser.end();
  if (error !== undefined) throw error;
}

/** What is parsed ahead of whoever takes the events, in bytes: as text and as events it is several times as large. */
const sliceBytes = 8_192;

async function* inSlices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes)
    for (let at = 0; at < piece.byteLength; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
}
