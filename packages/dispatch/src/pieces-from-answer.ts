import { type Answer, isDelta } from "@meridian/core";
import type { AnswerPiece } from "./delta-reader.js";
import { eventsFromAnswer } from "./events-from-answer.js";

/** The pieces of a whole answer, as its stream would have had them: its source's chunks, where it has one, and its deltas. */
export function* piecesFromAnswer(answer: Answer): Generator<AnswerPiece> {
  for (const event of eventsFromAnswer(answer)) if (event.type === "source-chunk" || isDelta(event)) yield event;
}
