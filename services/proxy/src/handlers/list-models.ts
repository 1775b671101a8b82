import type { ListModelsResponse } from "@meridian/inference-proto";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { modelsResponseFrom } from "../translate/models-response.js";
import { locateCaller } from "./plan-call.js";

/** ListModels: the catalogue with its health, as far as the tenant may use it. Calls no relay. Sets the headers of the answer. */
export function listModels(scope: CallScope, services: Services): ListModelsResponse {
  locateCaller(scope, services);
  setAnswerHeaders(scope.responseHeader, scope.requestHeader, scope.context, services);
  return modelsResponseFrom(
    services.config.routing,
    scope.context.tenant.rights,
    services.health,
    services.timeOfDayMs(),
  );
}
