import type { ChatRequest } from "./chat-request.js";
import type { ComposedAnswer, ComposedChoice } from "./compose-answer.js";
import { logprobOf } from "./logprobs.js";

/** What names an answer on the wire. */
export interface AnswerIdentity {
  /** `chatcmpl-` and 29 characters. */
  readonly id: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** Parts of an answer that a fault leaves out. */
export interface Omissions {
  readonly usage: boolean;
  readonly finishReason: boolean;
}

/** Usage as OpenAI sends it. */
export function usageOf(answer: ComposedAnswer): object {
  return {
    prompt_tokens: answer.promptTokens,
    completion_tokens: answer.completionTokens,
    total_tokens: answer.promptTokens + answer.completionTokens,
    prompt_tokens_details: { cached_tokens: answer.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: answer.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** A whole answer, see https://platform.openai.com/docs/api-reference/chat/object. */
export function chatCompletion(
  answer: ComposedAnswer,
  identity: AnswerIdentity,
  request: ChatRequest,
  omissions: Omissions,
): object {
  const { id, created, model, system_fingerprint } = identity;
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: answer.choices.map((choice, index) => ({
      index,
      message: messageOf(choice),
      logprobs: logprobsOf(choice.content, request),
      finish_reason: omissions.finishReason ? null : choice.finishReason,
    })),
    ...(omissions.usage ? {} : { usage: usageOf(answer) }),
    system_fingerprint,
  };
}

/** The `logprobs` member for tokens of an answer: null where none were asked for. */
export function logprobsOf(tokens: readonly string[], request: ChatRequest): object | null {
  const { topLogprobs } = request;
  return topLogprobs === undefined || tokens.length === 0
    ? null
    : { content: tokens.map((token) => logprobOf(token, topLogprobs)), refusal: null };
}

function messageOf(choice: ComposedChoice): object {
  return {
    role: "assistant",
    content: choice.toolCalls.length > 0 ? null : choice.content.join(""),
    refusal: null,
    ...(choice.reasoning.length > 0 ? { reasoning_content: choice.reasoning.join("") } : {}),
    ...(choice.toolCalls.length > 0
      ? {
          tool_calls: choice.toolCalls.map(({ id, name, argumentTokens }) => ({
            id,
            type: "function",
            function: { name, arguments: argumentTokens.join("") },
          })),
        }
      : {}),
  };
}
