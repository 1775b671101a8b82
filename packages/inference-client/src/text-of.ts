import type { StreamChatResponse, StreamRestart } from "@meridian/inference-proto";
import { streamTruncated } from "./inference-error-from.js";

/** How `textOf` reads a stream. */
export interface TextOfOptions {
  /**
   * Called when all text given so far is void, because another attempt answers from the beginning: clear what was
   * shown. Default: none, and such a stream rejects with "stream_truncated", since what was given cannot be taken back.
   */
  readonly onRestart?: ((restart: StreamRestart) => void) | undefined;
}

/**
 * The text of choice 0, piece by piece. A `restart` before the first piece goes unnoticed. Leaving it leaves the
 * stream, which cancels the call of a stream of `InferenceClient.streamChat`.
 *
 * Rejects with what the stream rejects with, and with "stream_truncated" where it closes without an `end` event.
 */
export function textOf(
  stream: AsyncIterable<StreamChatResponse>,
  options: TextOfOptions = {},
): AsyncIterableIterator<string> {
  const events = stream[Symbol.asyncIterator]();
  let closed = false;
  let given = false;
  let ended = false;

  const leave = async () => {
    closed = true;
    await events.return?.();
  };
  const nextText = async (): Promise<string | undefined> => {
    for (;;) {
      const result = await events.next();
      if (closed) return undefined;
      if (result.done === true) {
        if (ended) return undefined;
        throw streamTruncated("the stream closed without an end");
      }
      const { event } = result.value;
      if (event.case === "textDelta" && event.value.choice === 0 && event.value.text !== "") return event.value.text;
      if (event.case === "end") ended = true;
      if (event.case !== "restart" || !given) continue;
      if (options.onRestart === undefined) {
        throw streamTruncated("the answer began again after text of it was given: see the option onRestart");
      }
      given = false;
      options.onRestart(event.value);
    }
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (closed) return { done: true, value: undefined };
      try {
        const piece = await nextText();
        if (piece !== undefined) {
          given = true;
          return { done: false, value: piece };
        }
        closed = true;
        return { done: true, value: undefined };
      } catch (thrown) {
        await leave();
        throw thrown;
      }
    },
    async return() {
      await leave();
      return { done: true, value: undefined };
    },
  };
}
