import { setRouteHeaders } from "../edge/route-headers.js";
import { chat } from "../handlers/chat.js";
import type { MessageCheck } from "../interceptors/validate-request.js";
import type { Services } from "../services.js";
import { answerStream } from "./answer-stream.js";
import { chatCompletionFrom } from "./chat-completion.js";
import { chatRequestFrom, type OpenAiChatRequest } from "./chat-request.js";
import type { OpenAiExchange } from "./openai-exchange.js";

/** Answers a chat completion, whole or streamed. Throws whatever fails before the first byte of the answer. */
export async function answerChat(exchange: OpenAiExchange, services: Services, check: MessageCheck): Promise<void> {
  const { context } = exchange.scope;
  const request = chatRequestFrom(await exchange.readBody(), context.requestId, services.config.routing, check);
  context.wantsRoute = request.includesRoute;
  if (request.isStreamed) await answerStream(exchange, services, request);
  else await answerWhole(exchange, services, request);
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
