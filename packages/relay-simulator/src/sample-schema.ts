import { isJsonObject, type JsonObject, type JsonValue, listAt, numberAt, objectAt, stringAt } from "./json.js";
import { pick, type Random } from "./random.js";
import { sampleNumber } from "./sample-number.js";
import { sampleString } from "./sample-string.js";

// Below this, only what must be there: schemas that contain themselves come to an end.
const maxGenerousDepth = 5;
// Below this, nothing: a schema that cannot come to an end.
const maxDepth = 40;
// After so many values, nothing: a schema that branches into itself.
const maxSteps = 20_000;

interface Sampling {
  readonly root: JsonObject;
  readonly random: Random;
  readonly words: readonly string[];
  /** Values and references so far. */
  steps: number;
}

/**
 * Makes up a value that satisfies a JSON schema, from the part of JSON Schema 2020-12 that tools and response formats use:
 * types, enum, const, properties, items, prefixItems, anyOf, oneOf, allOf, $ref within the schema, limits of numbers,
 * lengths and counts, multipleOf, uniqueItems, format, and patterns without look-around. Other keywords are ignored.
 *
 * @param words what strings are made of, where the schema leaves them free.
 */
export function sampleSchema(schema: JsonObject, random: Random, words: readonly string[]): JsonValue {
  return sample(schema, "value", 0, { root: schema, random, words, steps: 0 });
}

function sample(value: JsonValue | undefined, name: string, depth: number, sampling: Sampling): JsonValue {
  if (depth > maxDepth || ++sampling.steps > maxSteps || value === false) {
    return null;
  }
  const schema = resolve(isJsonObject(value) ? value : {}, depth, sampling);
  if (schema["const"] !== undefined) {
    return schema["const"];
  }
  const enumeration = listAt(schema, "enum");
  if (enumeration.length > 0) {
    return pick(enumeration, sampling.random) ?? null;
  }
  switch (typeOf(schema, depth)) {
    case "object":
      return sampleObject(schema, depth, sampling);
    case "array":
      return sampleArray(schema, name, depth, sampling);
    case "number":
      return sampleNumber(schema, false, sampling.random);
    case "integer":
      return sampleNumber(schema, true, sampling.random);
    case "boolean":
      return sampling.random() < 0.5;
    case "null":
      return null;
    default:
      return sampleString(schema, name, sampling.words, sampling.random);
  }
}

/** Replaces references and combinations by one schema that has all of their keywords. */
function resolve(schema: JsonObject, depth: number, sampling: Sampling, hops = 0): JsonObject {
  const { $ref: reference, allOf, anyOf, oneOf, ...rest } = schema;
  const options = [...(Array.isArray(anyOf) ? anyOf : []), ...(Array.isArray(oneOf) ? oneOf : [])];
  // Deep down, the option that ends soonest: one without members of its own.
  const option = depth > maxGenerousDepth ? (options.find(isFlat) ?? options[0]) : options[0];
  const parts = [
    ...(typeof reference === "string" ? [lookUp(sampling.root, reference)] : []),
    ...(Array.isArray(allOf) ? allOf : []),
    ...(option === undefined ? [] : [option]),
  ].filter(isJsonObject);
  return hops > maxDepth || ++sampling.steps > maxSteps
    ? rest
    : parts.map((part) => resolve(part, depth, sampling, hops + 1)).reduce(merge, rest);
}

function isFlat(schema: JsonValue): boolean {
  return (
    isJsonObject(schema) && !["$ref", "properties", "items", "anyOf", "allOf", "oneOf"].some((key) => key in schema)
  );
}

function merge(left: JsonObject, right: JsonObject): JsonObject {
  return {
    ...left,
    ...right,
    properties: { ...objectAt(left, "properties"), ...objectAt(right, "properties") },
    required: [...listAt(left, "required"), ...listAt(right, "required")],
  };
}

function lookUp(root: JsonObject, reference: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const key = decodeStep(step);
    value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** A step of a JSON pointer in a URI fragment, see RFC 6901 section 6. */
function decodeStep(step: string): string {
  const unescaped = step.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(unescaped);
  } catch {
    return unescaped;
  }
}

function typeOf(schema: JsonObject, depth: number): JsonValue | undefined {
  const type = schema["type"];
  if (Array.isArray(type)) {
    const isNullEnough = depth > maxGenerousDepth && type.includes("null");
    return isNullEnough ? "null" : type.find((candidate) => candidate !== "null");
  }
  if (type !== undefined) {
    return type;
  }
  if (Object.keys(objectAt(schema, "properties") ?? {}).length > 0 || "additionalProperties" in schema) {
    return "object";
  }
  if ("items" in schema || "prefixItems" in schema || "minItems" in schema) {
    return "array";
  }
  return "minimum" in schema || "maximum" in schema || "multipleOf" in schema ? "number" : "string";
}

function sampleObject(schema: JsonObject, depth: number, sampling: Sampling): JsonObject {
  const properties = objectAt(schema, "properties") ?? {};
  const required = new Set(listAt(schema, "required").filter((key) => typeof key === "string"));
  const others = schema["additionalProperties"];
  const isGenerous = depth < maxGenerousDepth;
  const keys = [...Object.keys(properties).filter((key) => isGenerous || required.has(key)), ...required];
  for (let extra = 1; new Set(keys).size < (numberAt(schema, "minProperties") ?? 0) && extra <= 100; extra++) {
    keys.push(Object.keys(properties).find((key) => !keys.includes(key)) ?? `key${extra}`);
  }
  // Object.fromEntries makes own members whatever they are called.
  return Object.fromEntries(
    [...new Set(keys)].map((key) => {
      const member = Object.hasOwn(properties, key) ? properties[key] : others;
      return [key, sample(member === false ? {} : member, key, depth + 1, sampling)];
    }),
  );
}

function sampleArray(schema: JsonObject, name: string, depth: number, sampling: Sampling): readonly JsonValue[] {
  const first = listAt(schema, "prefixItems");
  const minimum = Math.min(numberAt(schema, "minItems") ?? 0, 1_000);
  const maximum = numberAt(schema, "maxItems") ?? Infinity;
  const wanted = Math.max(depth < maxGenerousDepth ? Math.max(first.length, 2) : 0, minimum);
  const count = schema["items"] === false ? Math.min(first.length, maximum) : Math.min(wanted, maximum);
  const items: JsonValue[] = [];
  const seen = new Set<string>();
  for (let tries = 0; items.length < count && tries < count + 100; tries++) {
    const item = sample(first[items.length] ?? schema["items"], stringAt(schema, "title") ?? name, depth + 1, sampling);
    const text = JSON.stringify(item);
    if (schema["uniqueItems"] !== true || !seen.has(text)) {
      seen.add(text);
      items.push(item);
    }
  }
  return items;
}
