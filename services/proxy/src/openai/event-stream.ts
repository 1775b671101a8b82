import type { JsonObject } from "@meridian/core";

const utf8 = new TextEncoder();

/** What a stream says before its first chunk, where that takes long. */
export const keepAlive: unique symbol = Symbol("keep-alive");

/**
 * Chunks as server-sent events, those of a batch in one piece, with `[DONE]` after the last. Once something has gone, a
 * failure is told by a last event in its place.
 *
 * @param errorOf the body of the error's event
 * @throws whatever fails before the first byte
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* eventStreamOf<Batch>(
  batches: AsyncIterable<Batch | typeof keepAlive>,
  chunksOf: (batch: Batch) => readonly JsonObject[],
  errorOf: (error: unknown) => object,
): AsyncGenerator<Uint8Array, void, undefined> {
  let hasBegun = false;
  try {
    for await (const batch of batches) {
      // A comment is what every reader of server-sent events passes over.
      const text = batch === keepAlive ? ": keep-alive\n\n" : chunksOf(batch).map(eventOf).join("");
      if (text === "") continue;
      hasBegun = true;
      yield utf8.encode(text);
    }
    yield utf8.encode("data: [DONE]\n\n");
  } catch (error) {
    if (!hasBegun) throw error;
    yield utf8.encode(eventOf(errorOf(error)));
  }
}

/** One event. JSON text has no line break. */
function eventOf(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
