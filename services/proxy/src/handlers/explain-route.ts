import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema, type ExplainRouteRequest, type ExplainRouteResponse } from "@meridian/inference-proto";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { chatCallFrom } from "../translate/chat-call.js";
import { explainResponseFrom } from "../translate/explain-response.js";
import { planCall } from "./plan-call.js";

/** ExplainRoute: the plan that the same chat would be given now. Calls no relay. Sets the headers of the answer. */
export function explainRoute(request: ExplainRouteRequest, scope: CallScope, services: Services): ExplainRouteResponse {
  const { context, requestHeader, responseHeader } = scope;
  // Validation lets no request without a chat through.
  const call = chatCallFrom(
    request.chat ?? create(ChatRequestSchema),
    context.requestId,
    undefined,
    services.config.routing,
  );
  const plan = planCall(call, scope, services, "counted");
  setAnswerHeaders(responseHeader, requestHeader, context, services);
  const features = plan.signals.learned && services.learned?.explain(call.question);
  return explainResponseFrom(plan, services.config.routing, services.config.version, features);
}
