import { create } from "@bufbuild/protobuf";
import {
  type ChatResponse,
  ChatResponseSchema,
  type Choice,
  type StreamChatResponse,
  type StreamEnd,
  type StreamRestart,
  type StreamStart,
} from "@meridian/inference-proto";
import { appendDelta, type ChoiceDraft, choiceFromDraft, createChoiceDraft } from "./choice-draft.js";
import { streamTruncated } from "./inference-error-from.js";

/**
 * Reads a stream to its end and makes of it what `chat` would have answered. A `restart` voids all before it.
 *
 * Rejects with what the stream rejects with, and with an `InferenceError` of reason "stream_truncated" where it closes
 * without an `end` event.
 */
export async function collect(stream: AsyncIterable<StreamChatResponse>): Promise<ChatResponse> {
  let opening: StreamStart | StreamRestart | undefined;
  let end: StreamEnd | undefined;
  const drafts = new Map<number, ChoiceDraft>();

  // Read to the very end: a call that is left right after `end` would count as canceled at the server.
  for await (const { event } of stream) {
    switch (event.case) {
      case "start":
        opening = event.value;
        break;
      case "restart":
        opening = event.value;
        drafts.clear();
        break;
      case "textDelta":
      case "reasoningDelta":
      case "refusalDelta":
      case "toolCallDelta": {
        const draft = drafts.get(event.value.choice) ?? createChoiceDraft();
        drafts.set(event.value.choice, draft);
        appendDelta(draft, event);
        break;
      }
      case "end":
        end = event.value;
        break;
      default:
      // A kind of event that this version does not know.
    }
  }
  if (end === undefined) throw streamTruncated("the stream closed without an end");
  return responseFrom(opening, drafts, end);
}

function responseFrom(
  opening: StreamStart | StreamRestart | undefined,
  drafts: ReadonlyMap<number, ChoiceDraft>,
  end: StreamEnd,
): ChatResponse {
  const finishReasons = new Map([[0, end.finishReason], ...end.choices.map(finishReasonOf)]);
  const indexes = [...new Set([...finishReasons.keys(), ...drafts.keys()])].sort((left, right) => left - right);
  const choices = indexes.map(
    (index): Choice => choiceFromDraft(index, drafts.get(index) ?? createChoiceDraft(), finishReasons.get(index) ?? ""),
  );
  const route = end.route ?? opening?.route;
  return create(ChatResponseSchema, {
    id: opening?.id ?? "",
    created: opening?.created ?? 0n,
    model: opening?.model ?? route?.model ?? "",
    choices,
    ...(end.usage === undefined ? {} : { usage: end.usage }),
    ...(route === undefined ? {} : { route }),
  });
}

function finishReasonOf(end: StreamEnd["choices"][number]): [choice: number, finishReason: string] {
  return [end.choice, end.finishReason];
}
