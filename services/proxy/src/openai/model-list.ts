import { toJson } from "@bufbuild/protobuf";
import type { JsonObject } from "@meridian/core";
import { type Model, ModelSchema } from "@meridian/inference-proto";

/**
 * A model as OpenAI's API lists it, with its entry of the contract's catalogue as `meridian`. When it was made nobody here
 * knows: `created` is 0.
 *
 * @see https://platform.openai.com/docs/api-reference/models/object
 */
export function modelBody(model: Model): JsonObject {
  return {
    ...namedModelBody(model.id),
    // Messages are objects in JSON.
    meridian: toJson(ModelSchema, model, { useProtoFieldName: true }) as JsonObject,
  };
}

/** A name that stands for a model: an alias, or "auto". */
export function namedModelBody(id: string): JsonObject {
  return { id, object: "model", created: 0, owned_by: "meridian" };
}
