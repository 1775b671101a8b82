import type { JsonObject } from "@meridian/core";

const utf8 = new TextEncoder();

/** What a stream says before its first chunk, where that takes long. */
export const keepAlive: unique symbol = Symbol("keep-alive");

/**
 * Chunks as server-sent events, with `[DONE]` after the last. Once something has gone, a failure is told by a last event
 * in its place.
 *
 * @param errorOf the body of the error's event
 * @throws whatever fails before the first byte
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* eventStreamOf(
  chunks: AsyncIterable<JsonObject | typeof keepAlive>,
  errorOf: (error: unknown) => object,
): AsyncGenerator<Uint8Array, void, undefined> {
  let hasBegun = false;
  try {
    for await (const chunk of chunks) {
      hasBegun = true;
      // A comment is what every reader of server-sent events passes over.
      yield chunk === keepAlive ? utf8.encode(": keep-alive\n\n") : eventOf(chunk);
    }
    yield utf8.encode("data: [DONE]\n\n");
  } catch (error) {
    if (!hasBegun) throw error;
    yield eventOf(errorOf(error));
  }
}

/** One event. JSON text has no line break. */
function eventOf(data: object): Uint8Array {
  return utf8.encode(`data: ${JSON.stringify(data)}\n\n`);
}
