import type { HandlerContext } from "@connectrpc/connect";
import type { ListModelsResponse } from "@meridian/inference-proto";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { modelsResponseFrom } from "../translate/models-response.js";
import { locateCaller } from "./plan-call.js";

/** ListModels: the catalogue with its health. Calls no relay. */
export function listModels(handler: HandlerContext, services: Services): ListModelsResponse {
  const { context } = locateCaller(handler, services);
  setAnswerHeaders(handler.responseHeader, handler.requestHeader, context, services);
  return modelsResponseFrom(services.config.routing, services.health);
}
