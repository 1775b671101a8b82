import { create } from "@bufbuild/protobuf";
import type { AnswerChoice, TokenLogprob, Usage } from "@meridian/core";
import {
  type ChatResponse,
  ChatResponseSchema,
  type Choice,
  ChoiceSchema,
  type TokenLogprob as TokenLogprobMessage,
  TokenLogprobSchema,
  type Usage as UsageMessage,
  UsageSchema,
} from "@meridian/inference-proto";
import type { CompletedChat } from "../handlers/chat-event.js";
import { type ReportSource, routeReportFrom } from "./route-report.js";

/** The response to an answered call. */
export function chatResponseFrom({ answer, usage, deployment }: CompletedChat, report: ReportSource): ChatResponse {
  return create(ChatResponseSchema, {
    id: answer.id,
    created: BigInt(answer.created),
    model: deployment.model.id,
    choices: answer.choices.map(choiceFrom),
    ...(usage === undefined ? {} : { usage: usageFrom(usage) }),
    route: routeReportFrom(report),
  });
}

/** Token counts, with who counted them. */
export function usageFrom(usage: Usage): UsageMessage {
  return create(UsageSchema, {
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
    totalTokens: usage.promptTokens + usage.completionTokens,
    cachedTokens: usage.cachedTokens,
    reasoningTokens: usage.reasoningTokens,
    source: usage.provenance,
  });
}

/** Log probabilities. */
export function logprobsFrom(logprobs: readonly TokenLogprob[]): TokenLogprobMessage[] {
  return logprobs.map(({ token, logprob, bytes, topLogprobs }) =>
    create(TokenLogprobSchema, {
      token,
      logprob,
      bytes: Uint8Array.from(bytes ?? []),
      topLogprobs: topLogprobs.map((top) => ({
        token: top.token,
        logprob: top.logprob,
        bytes: Uint8Array.from(top.bytes ?? []),
      })),
    }),
  );
}

function choiceFrom(choice: AnswerChoice): Choice {
  const { reasoning, refusal, toolCalls, contentLogprobs, refusalLogprobs } = choice;
  // One that has said nothing at all has said the empty text, so that its message can be sent back.
  const content = choice.content ?? (refusal === undefined && toolCalls.length === 0 ? "" : undefined);
  const hasLogprobs = contentLogprobs.length > 0 || refusalLogprobs.length > 0;
  return create(ChoiceSchema, {
    index: choice.index,
    finishReason: choice.finishReason,
    message: {
      role: "assistant",
      toolCalls: toolCalls.map(({ id, name, arguments: text }) => ({
        id,
        type: "function",
        function: { name, arguments: text },
      })),
      ...(content === undefined ? {} : { content }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(refusal === undefined ? {} : { refusal }),
    },
    ...(hasLogprobs
      ? { logprobs: { content: logprobsFrom(contentLogprobs), refusal: logprobsFrom(refusalLogprobs) } }
      : {}),
  });
}
