import type { Answer, AnswerEvent, UpstreamFailure, Usage } from "@meridian/core";
import type { StreamStep } from "./scripted-relay.js";

/** A usage that a relay reported. */
export function reported(promptTokens: number, completionTokens: number): Usage {
  return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0, provenance: "reported" };
}

/** A piece of text. */
export function text(piece: string, choice = 0): AnswerEvent {
  return { type: "text-delta", choice, text: piece, logprobs: [] };
}

/** The end of a choice. */
export function end(choice = 0, finishReason = "stop"): AnswerEvent {
  return { type: "choice-end", choice, finishReason };
}

/** Usage on a stream. */
export function usage(promptTokens: number, completionTokens: number): AnswerEvent {
  return { type: "answer-usage", usage: reported(promptTokens, completionTokens) };
}

/** The name of a streamed answer. */
export function identity(id: string): AnswerEvent {
  return { type: "answer-identity", identity: { id, created: 1 } };
}

/** A wait on a stream. */
export function wait(ms: number): StreamStep {
  return { type: "wait", ms };
}

/** A failure on a stream. */
export function fault(failure: UpstreamFailure): StreamStep {
  return { type: "fail", failure };
}

/** No more events, and no end. */
export const silence: StreamStep = { type: "silence" };

/** A whole answer of one choice. */
export function answerOf(content: string, answerUsage?: Usage): Answer {
  return {
    id: `answer ${content}`,
    created: 1,
    choices: [
      {
        index: 0,
        content,
        reasoning: undefined,
        refusal: undefined,
        toolCalls: [],
        finishReason: "stop",
        contentLogprobs: [],
        refusalLogprobs: [],
      },
    ],
    usage: answerUsage,
  };
}

export const overloaded: UpstreamFailure = { kind: "overloaded", status: 503, retryAfterMs: undefined };
export const truncated: UpstreamFailure = { kind: "stream_truncated", deltas: 1 };
export const rejected: UpstreamFailure = { kind: "credential_rejected", status: 401 };
export const tooLong: UpstreamFailure = { kind: "context_too_long", status: 400, message: "too long" };

/** Too many requests, with a Retry-After. */
export function rateLimited(retryAfterMs?: number): UpstreamFailure {
  return { kind: "rate_limited", status: 429, retryAfterMs };
}
