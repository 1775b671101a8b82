import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type StreamChatResponse, StreamChatResponseSchema } from "@meridian/inference-proto";

type EventInit = NonNullable<MessageInitShape<typeof StreamChatResponseSchema>["event"]>;

/** A message of a stream. */
export function streamEvent(event: EventInit): StreamChatResponse {
  return create(StreamChatResponseSchema, { event });
}

/** The opening of a stream. */
export const startEvent = streamEvent({
  case: "start",
  value: { id: "answer-1", created: 1_700_000_000n, model: "gpt-4.1", route: { requestId: "request-1" } },
});

/** More text of choice 0. */
export function textEvent(text: string, choice = 0): StreamChatResponse {
  return streamEvent({ case: "textDelta", value: { text, choice } });
}

/** The beginning of a new answer. */
export const restartEvent = streamEvent({
  case: "restart",
  value: { reason: "stream_truncated", id: "answer-2", created: 1_700_000_001n, model: "gemini-2.5-flash" },
});

/** The end of a stream of one choice. */
export const endEvent = streamEvent({
  case: "end",
  value: {
    finishReason: "stop",
    usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5, source: "reported" },
    route: { requestId: "request-1", model: "gpt-4.1", totalCostNanoUsd: 16_000n },
    choices: [{ choice: 0, finishReason: "stop" }],
  },
});
