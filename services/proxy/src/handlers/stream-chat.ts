import type { HandlerContext } from "@connectrpc/connect";
import { type CallEvent, executeStream } from "@meridian/dispatch";
import type { ChatRequest, StreamChatResponse } from "@meridian/inference-proto";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { streamEventFrom } from "../translate/stream-event.js";
import { beginCall } from "./begin-call.js";

/** StreamChat: the same answer as a stream. Leaving it closes the relay's socket. */
export async function* streamChat(
  request: ChatRequest,
  handler: HandlerContext,
  services: Services,
): AsyncGenerator<StreamChatResponse, void, undefined> {
  const begun = beginCall(request, handler, services, "streamed");
  const { context, job } = begun;
  const { requestId } = context;
  const { version: configVersion } = services.config;
  const report = (event: CallEvent) => {
    const isOpening = event.type === "stream-start" || event.type === "stream-restart";
    const answering = isOpening ? { answering: event.deployment } : {};
    return routeReportFrom({ requestId, plan: job.plan, attempts: context.attempts, configVersion, ...answering });
  };
  try {
    for await (const event of executeStream(job, begun.dependencies)) {
      if (event.type === "stream-start") {
        context.firstTokenAtMs = services.clock.now();
        setAnswerHeaders(handler.responseHeader, handler.requestHeader, context, services, event.deployment.model.id);
      }
      if ("attempts" in event) context.attempts = event.attempts;
      if (event.type !== "source-chunk") yield streamEventFrom(event, report);
    }
  } finally {
    begun.release();
  }
}
