import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { ChatRequestSchema, type ExplainRouteRequest, type ExplainRouteResponse } from "@meridian/inference-proto";
import { callContextKey } from "../call-context.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { explainResponseFrom } from "../translate/explain-response.js";
import { planCall } from "./plan-call.js";

/** ExplainRoute: the plan that the same chat would be given now. Calls no relay. */
export function explainRoute(
  request: ExplainRouteRequest,
  handler: HandlerContext,
  services: Services,
): ExplainRouteResponse {
  const { requestId } = handler.values.get(callContextKey);
  // Validation lets no request without a chat through.
  const call = chatCallFrom(request.chat ?? create(ChatRequestSchema), requestId, undefined, services.config.routing);
  const { plan, context } = planCall(call, handler, services, "counted");
  setAnswerHeaders(handler.responseHeader, handler.requestHeader, context, services);
  return explainResponseFrom(plan, services.config.routing, services.config.version);
}
