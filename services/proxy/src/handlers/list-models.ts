import type { ListModelsResponse } from "@meridian/inference-proto";
import type { Services } from "../services.js";
import { modelsResponseFrom } from "../translate/models-response.js";

/** ListModels: the catalogue with its health. Calls no relay. */
export function listModels({ config, health }: Services): ListModelsResponse {
  return modelsResponseFrom(config.routing, health);
}
