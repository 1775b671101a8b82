import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** Lays objects over each other, at every depth. Lists are joined; of two other values the later one stays. */
export function merge(...objects: readonly JsonObject[]): JsonObject {
  const merged: JsonObject = {};
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) {
      const before = merged[key];
      if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
      else merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
    }
  }
  return merged;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
