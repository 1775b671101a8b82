import type { AnswerEvent } from "@meridian/core";
import { createStreamParser, type StreamOptions, type StreamOutcome } from "../stream-parser.js";
import { testKey } from "./relay-request.js";

/** What a stream said, and how it ended. */
export interface ReadStream extends StreamOutcome {
  readonly events: readonly AnswerEvent[];
}

/** Parses a stream that comes in pieces, up to its outcome. */
export function readPieces(pieces: Iterable<Uint8Array>, options: Partial<StreamOptions> = {}): ReadStream {
  const parser = createStreamParser({ status: 200, key: testKey, choices: 1, maxEventLength: 65_536, ...options });
  const events: AnswerEvent[] = [];
  for (const piece of pieces) {
    parser.read(piece);
    events.push(...parser.take());
    if (parser.outcome !== undefined) break;
  }
  return { events, ...parser.end() };
}
