import type { JsonObject } from "@meridian/core";

const utf8 = new TextEncoder();

/** A comment, which every reader of server-sent events passes over. */
export const keepAliveComment: Uint8Array = utf8.encode(": keep-alive\n\n");

/**
 * Chunks as server-sent events, with `[DONE]` after the last.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* eventStreamOf(chunks: AsyncIterable<JsonObject>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield eventOf(chunk);
  yield utf8.encode("data: [DONE]\n\n");
}

/** One event. JSON text has no line break. */
export function eventOf(data: object): Uint8Array {
  return utf8.encode(`data: ${JSON.stringify(data)}\n\n`);
}

/**
 * The same bytes; but once some have gone, a failure is told by a last event in place of being thrown.
 *
 * @param errorOf the body of the error's event
 */
export async function* endingInBand(
  events: AsyncIterable<Uint8Array>,
  errorOf: (error: unknown) => object,
): AsyncGenerator<Uint8Array, void, undefined> {
  let hasBegun = false;
  try {
    for await (const event of events) {
      hasBegun = true;
      yield event;
    }
  } catch (error) {
    if (!hasBegun) throw error;
    yield eventOf(errorOf(error));
  }
}
