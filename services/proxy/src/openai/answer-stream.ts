import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import { setRouteHeaders } from "../edge/route-headers.js";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { deploymentOf } from "../handlers/chat-event.js";
import { type ReportedBatch, streamChat } from "../handlers/stream-chat.js";
import { createStreamWriter, type StreamEnd, type StreamWriter } from "../listen/stream-writer.js";
import { type StreamForm, writeStream } from "../listen/write-stream.js";
import type { Services } from "../services.js";
import { createChatChunks } from "./chat-chunks.js";
import type { OpenAiChatRequest } from "./chat-request.js";
import { keepAlive } from "./keep-alive.js";
import type { OpenAiExchange } from "./openai-exchange.js";

/** Answers a chat completion as server-sent events. Whatever fails is its answer, or the last event of it. */
export function answerStream(exchange: OpenAiExchange, services: Services, request: OpenAiChatRequest): Promise<void> {
  const { scope, response } = exchange;
  const report = exchange.report("StreamChat");
  const writer = createStreamWriter(response);
  const form = new EventStream(exchange, services, request, writer);
  // The timeout that SDKs tell is for the headers here: a stream may take longer, and they leave where those do not come.
  return writeStream(streamChat(request.call, { ...scope, timeoutMs: undefined }, services), form, writer, report);
}

/**
 * Chunks as server-sent events, those of a batch in one piece, with `[DONE]` after the last, and with comments until the first is
 * there. A failure is told by a last event in its place. A class: each stream that is open has one.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
class EventStream implements StreamForm<ReportedBatch> {
  readonly #exchange: OpenAiExchange;
  readonly #includesRoute: boolean;
  readonly #chunksOf: ReturnType<typeof createChatChunks>;
  readonly #endComments: () => void;

  constructor(
    exchange: OpenAiExchange,
    services: Services,
    { includesUsage, includesRoute }: OpenAiChatRequest,
    writer: StreamWriter,
  ) {
    const { context, requestHeader, responseHeader } = exchange.scope;
    this.#exchange = exchange;
    this.#includesRoute = includesRoute;
    this.#chunksOf = createChatChunks({
      includesUsage,
      includesRoute,
      onStart: (answerer) => setRouteHeaders(responseHeader, context, services, deploymentOf(answerer)),
    });
    const sendComment = () => {
      // The headers go out with the first, before anybody knows who answers.
      if (!writer.hasBegun) {
        setAnswerHeaders(responseHeader, requestHeader, context, services);
        writer.begin(this.headers());
      }
      // A caller that takes none is found out by what follows, or by its deadline.
      writer.write(comment)?.catch(() => {});
    };
    this.#endComments = keepAlive(sendComment, services.config.server.openai.keepAliveMs, services.clock);
  }

  headers(): OutgoingHttpHeaders {
    return { ...streamHeaders };
  }

  encode(batch: ReportedBatch): Uint8Array {
    this.#endComments();
    let text = "";
    for (const chunk of this.#chunksOf(batch)) text += eventOf(chunk);
    return Buffer.from(text);
  }

  end(error?: ConnectError): StreamEnd {
    this.#endComments();
    return {
      bytes: Buffer.from(error === undefined ? done : eventOf(openAiErrorFrom(error, this.#includesRoute).body)),
    };
  }

  refuse(error: ConnectError): void {
    this.#endComments();
    this.#exchange.sendError(error);
  }
}

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  // Proxies on the way are to pass each event on as it comes.
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};
/** What every reader of server-sent events passes over. */
const comment = Buffer.from(": keep-alive\n\n");
const done = "data: [DONE]\n\n";

/** One event. JSON text has no line break. */
function eventOf(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
