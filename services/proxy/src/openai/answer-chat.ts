import type { JsonValue } from "@meridian/core";
import { setRouteHeaders } from "../edge/route-headers.js";
import { chat } from "../handlers/chat.js";
import type { MessageCheck } from "../interceptors/validate-request.js";
import type { Services } from "../services.js";
import { answerStream } from "./answer-stream.js";
import { chatCompletionFrom } from "./chat-completion.js";
import { chatRequestFrom, type OpenAiChatRequest } from "./chat-request.js";
import type { OpenAiExchange } from "./openai-exchange.js";

/** Answers a chat completion, whole or streamed. Throws, or rejects with, whatever fails before the first byte of the answer. */
export function answerChat(exchange: OpenAiExchange, services: Services, check: MessageCheck): Promise<void> {
  const { context } = exchange.scope;
  const answer = (value: JsonValue) => {
    const request = chatRequestFrom(value, context.requestId, services.config.routing, check);
    context.wantsRoute = request.includesRoute;
    return request.isStreamed ? answerStream(exchange, services, request) : answerWhole(exchange, services, request);
  };
  const body = exchange.readBody();
  return body instanceof Promise ? body.then(answer) : answer(body);
}

async function answerWhole(
  exchange: OpenAiExchange,
  services: Services,
  { call, includesRoute }: OpenAiChatRequest,
): Promise<void> {
  const { scope } = exchange;
  const report = exchange.report("Chat");
  const answered = await chat(call, scope, services);
  report.succeed();
  setRouteHeaders(scope.responseHeader, scope.context, services);
  exchange.sendJson(chatCompletionFrom(answered, includesRoute));
}
