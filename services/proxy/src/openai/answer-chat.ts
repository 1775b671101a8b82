import { setAnswerHeaders } from "../edge/answer-headers.js";
import { setRouteHeaders } from "../edge/route-headers.js";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { chat } from "../handlers/chat.js";
import { type Answerer, deploymentOf } from "../handlers/chat-event.js";
import { type ReportedBatch, streamChat } from "../handlers/stream-chat.js";
import type { MessageCheck } from "../interceptors/validate-request.js";
import type { Services } from "../services.js";
import { createChatChunks } from "./chat-chunks.js";
import { chatCompletionFrom } from "./chat-completion.js";
import { chatRequestFrom, type OpenAiChatRequest } from "./chat-request.js";
import { eventStreamOf, keepAlive } from "./event-stream.js";
import { keptAlive } from "./kept-alive.js";
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

/** No async function: it would be held, with all that it knows, for as long as the stream goes on. */
function answerStream(
  exchange: OpenAiExchange,
  services: Services,
  { call, includesUsage, includesRoute }: OpenAiChatRequest,
): Promise<void> {
  const { scope } = exchange;
  const { context, requestHeader, responseHeader, signal } = scope;
  const report = exchange.report("StreamChat");

  // The headers go out with the first comment, before anybody knows who answers, or with the first chunk.
  const filler = (): typeof keepAlive => {
    setAnswerHeaders(responseHeader, requestHeader, context, services);
    return keepAlive;
  };
  const onStart = (answerer: Answerer) => setRouteHeaders(responseHeader, context, services, deploymentOf(answerer));
  const errorOf = (error: unknown) => openAiErrorFrom(report.fail(error), includesRoute).body;
  // The timeout that SDKs tell is for the headers here: a stream may take longer, and they leave where those do not come.
  const batches = report.follow(streamChat(call, { ...scope, timeoutMs: undefined }, services), signal);
  const chunksOf = createChatChunks({ includesUsage, includesRoute, onStart });
  const { keepAliveMs } = services.config.server.openai;
  const stream = keptAlive<ReportedBatch | typeof keepAlive>(batches, filler, keepAliveMs, services.clock);
  return exchange.send(streamHeaders, eventStreamOf(stream, chunksOf, errorOf));
}

const streamHeaders = [
  ["content-type", "text/event-stream; charset=utf-8"],
  // Proxies on the way are to pass each event on as it comes.
  ["cache-control", "no-cache"],
  ["x-accel-buffering", "no"],
] as const;
