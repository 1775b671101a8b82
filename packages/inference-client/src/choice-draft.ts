import { create } from "@bufbuild/protobuf";
import { type Choice, ChoiceSchema, type StreamChatResponse, type TokenLogprob } from "@meridian/inference-proto";

/** A choice while its deltas come in. */
export interface ChoiceDraft {
  content: string | undefined;
  refusal: string | undefined;
  reasoning: string | undefined;
  readonly contentLogprobs: TokenLogprob[];
  readonly refusalLogprobs: TokenLogprob[];
  /** By the position within the choice: the pieces of several calls may come mixed. */
  readonly toolCalls: Map<number, { id: string; name: string; arguments: string }>;
}

/** The events that are more of a choice. */
export type ChoiceDelta = Extract<
  StreamChatResponse["event"],
  { case: "textDelta" | "reasoningDelta" | "refusalDelta" | "toolCallDelta" }
>;

/** Begins a choice. */
export function createChoiceDraft(): ChoiceDraft {
  return {
    content: undefined,
    refusal: undefined,
    reasoning: undefined,
    contentLogprobs: [],
    refusalLogprobs: [],
    toolCalls: new Map(),
  };
}

/** Adds a delta of this choice to it. */
export function appendDelta(draft: ChoiceDraft, delta: ChoiceDelta): void {
  switch (delta.case) {
    case "textDelta":
      draft.content = (draft.content ?? "") + delta.value.text;
      draft.contentLogprobs.push(...delta.value.logprobs);
      break;
    case "refusalDelta":
      draft.refusal = (draft.refusal ?? "") + delta.value.text;
      draft.refusalLogprobs.push(...delta.value.logprobs);
      break;
    case "reasoningDelta":
      draft.reasoning = (draft.reasoning ?? "") + delta.value.text;
      break;
    case "toolCallDelta": {
      const { index, id, name, arguments: piece } = delta.value;
      const known = draft.toolCalls.get(index) ?? { id: "", name: "", arguments: "" };
      draft.toolCalls.set(index, {
        id: known.id || id,
        name: known.name || name,
        arguments: known.arguments + piece,
      });
      break;
    }
  }
}

/**
 * Ends a choice. One that has neither text nor refusal nor tool calls has said the empty text, as `chat` would answer,
 * so that its message can be sent back.
 */
export function choiceFromDraft(index: number, draft: ChoiceDraft, finishReason: string): Choice {
  const { content, refusal, reasoning, contentLogprobs, refusalLogprobs } = draft;
  const toolCalls = [...draft.toolCalls]
    .sort(([left], [right]) => left - right)
    .map(([, { id, ...call }]) => ({ id, type: "function", function: call }));
  const said = content ?? (refusal === undefined && toolCalls.length === 0 ? "" : undefined);
  const hasLogprobs = contentLogprobs.length > 0 || refusalLogprobs.length > 0;
  return create(ChoiceSchema, {
    index,
    message: {
      role: "assistant",
      toolCalls,
      ...(said === undefined ? {} : { content: said }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(reasoning === undefined ? {} : { reasoning }),
    },
    finishReason,
    ...(hasLogprobs ? { logprobs: { content: contentLogprobs, refusal: refusalLogprobs } } : {}),
  });
}
