import { answerStream } from "./answer-stream.js";
import { answerWhole } from "./answer-whole.js";
import { applyEarlyFault } from "./apply-early-fault.js";
import { chatChunks } from "./chat-chunks.js";
import { chatCompletion } from "./chat-completion.js";
import { parseChatRequest } from "./chat-request.js";
import { composeAnswer } from "./compose-answer.js";
import type { Exchange } from "./exchange.js";
import type { Fault } from "./fault.js";
import { findModel } from "./find-model.js";
import { nameOfFault } from "./format-fault.js";
import { stringAt } from "./json.js";
import { latencyOf } from "./latency-of.js";
import { RefusedRequest } from "./openai-error.js";
import { digest } from "./random.js";
import { faultOfHeader, type RelayCallContext } from "./relay-call-context.js";
import type { SimulatedModel } from "./simulated-model.js";
import { countPromptTokens } from "./tokens.js";

/** Answers `POST /v1/chat/completions`. Rejects when the client leaves, or with RefusedRequest. */
export async function answerChat(exchange: Exchange, context: RelayCallContext): Promise<void> {
  const { call } = exchange;
  const { state } = context;
  const body = call.body;
  if (body === undefined) {
    const message =
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly.)";
    throw new RefusedRequest(400, { message });
  }
  const name = stringAt(body, "model");
  if (name === undefined) {
    throw new RefusedRequest(400, { message: "you must provide a model parameter", param: "model" });
  }
  const found = findModel(state.models, name);
  const { model } = found;
  call.model = model.id;
  const subject = {
    endpoint: "chat",
    model: model.id,
    requestedModel: name,
    key: context.key,
    stream: call.stream,
  } as const;
  const fault = found.fault ?? faultOfHeader(exchange) ?? state.book.faultFor(subject);
  call.fault = fault === undefined ? undefined : nameOfFault(fault);
  exchange.changed();

  await context.wait(latencyOf(model, exchange, state));
  if (await applyEarlyFault(exchange, fault, context.headers)) {
    return;
  }
  const limits = state.rateLimit.take(model, performance.now());
  const headers = { ...context.headers, ...limits };
  const request = parseChatRequest(body);
  refuseLongPrompt(model, countPromptTokens(request.messages));
  const answer = composeAnswer(request, model, state.seed, minimumTokensOf(fault));
  const identity = {
    id: `chatcmpl-${digest(`${state.seed} answer ${state.answers}`, 29)}`,
    created: Math.floor(Date.now() / 1_000),
    model: model.id,
    system_fingerprint: `fp_${digest(`${state.seed} ${model.id}`, 10)}`,
  };
  const omissions = { usage: fault?.kind === "no-usage", finishReason: fault?.kind === "no-finish-reason" };
  const tokensPerSecond = model.tokensPerSecond ?? 0;
  const tokens = answer.completionTokens;
  if (request.stream) {
    const chunks = chatChunks(answer, identity, request, omissions);
    return answerStream(exchange, { chunks, identity, tokens, tokensPerSecond, fault, headers });
  }
  await context.wait(tokensPerSecond > 0 ? (tokens * 1_000) / tokensPerSecond : 0);
  await answerWhole(exchange, chatCompletion(answer, identity, request, omissions), headers, fault);
  call.tokensSent = call.outcome === "cut" ? 0 : tokens;
}

function refuseLongPrompt(model: SimulatedModel, promptTokens: number): void {
  if (model.contextTokens !== undefined && promptTokens > model.contextTokens) {
    const message = `This model's maximum context length is ${model.contextTokens} tokens. However, your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`;
    throw new RefusedRequest(400, { message, param: "messages", code: "context_length_exceeded" });
  }
}

/** One token more than come before the fault, so that it comes inside the answer. */
function minimumTokensOf(fault: Fault | undefined): number {
  return fault !== undefined && "afterTokens" in fault ? (fault.afterTokens ?? 0) + 1 : 0;
}
