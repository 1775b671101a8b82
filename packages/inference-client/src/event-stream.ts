import type { CallOptions as ConnectCallOptions } from "@connectrpc/connect";
import type { StreamChatResponse } from "@meridian/inference-proto";
import type { Call } from "./call.js";
import type { InferenceError } from "./inference-error.js";
import { hasErrorDetail, inferenceErrorFrom, streamTruncated } from "./inference-error-from.js";

/**
 * The events of a streamed answer. The call begins with the first `next()`.
 *
 * It ends in silence only after an `end` event; every other end rejects with an `InferenceError`. `return()`, which
 * `break` and an exception in `for await` call, cancels the call at once, also while a `next()` waits: the iterables of
 * Connect have no `return`, and a generator's would wait for the next event.
 *
 * @param start throws where the call cannot begin.
 */
export function createEventStream(
  start: () => Call,
  open: (options: ConnectCallOptions) => AsyncIterable<StreamChatResponse>,
): AsyncIterableIterator<StreamChatResponse> {
  let running: { readonly call: Call; readonly events: AsyncIterator<StreamChatResponse> } | undefined;
  let closed = false;
  let received = false;
  let ended = false;

  const begin = () => {
    const call = start();
    return { call, events: open(call.connectOptions)[Symbol.asyncIterator]() };
  };
  const finish = () => {
    closed = true;
    running?.call.finish();
  };
  const failureFrom = (thrown: unknown): InferenceError => {
    const error = inferenceErrorFrom(thrown);
    const cut = received && !running?.call.isCanceled() && error.code !== "deadline_exceeded";
    return cut && !hasErrorDetail(thrown) ? streamTruncated(`the stream was cut: ${error.message}`, thrown) : error;
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (closed) return { done: true, value: undefined };
      try {
        running ??= begin();
        const result = await running.events.next();
        if (closed) return { done: true, value: undefined };
        if (result.done !== true) {
          received = true;
          ended ||= result.value.event.case === "end";
          return result;
        }
        finish();
      } catch (thrown) {
        if (closed) return { done: true, value: undefined };
        finish();
        throw failureFrom(thrown);
      }
      if (!ended) throw streamTruncated("the stream closed without an end");
      return { done: true, value: undefined };
    },
    async return() {
      if (!closed) {
        running?.call.cancel("the caller left the stream");
        finish();
      }
      return { done: true, value: undefined };
    },
  };
}
