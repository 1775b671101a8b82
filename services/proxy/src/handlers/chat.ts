import type { HandlerContext } from "@connectrpc/connect";
import { executeCall } from "@meridian/dispatch";
import type { ChatRequest, ChatResponse } from "@meridian/inference-proto";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { chatResponseFrom } from "../translate/chat-response.js";
import { routeReportFrom } from "../translate/route-report.js";
import { beginCall } from "./begin-call.js";

/** Chat: one answer, whole. */
export async function chat(request: ChatRequest, handler: HandlerContext, services: Services): Promise<ChatResponse> {
  const begun = beginCall(request, handler, services, "whole");
  const { context, job } = begun;
  try {
    const completed = await executeCall(job, begun.dependencies);
    context.attempts = completed.attempts;
    setAnswerHeaders(handler.responseHeader, handler.requestHeader, context, services);
    const { requestId } = context;
    const { plan } = job;
    const { version: configVersion } = services.config;
    return chatResponseFrom(
      completed,
      routeReportFrom({ requestId, plan, attempts: completed.attempts, configVersion }),
    );
  } finally {
    begun.release();
  }
}
