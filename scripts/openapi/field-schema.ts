import { type DescField, type DescMessage, getOption, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { commentOf } from "./comment-of.ts";
import { merge } from "./merge.ts";
import { ruleKeywords } from "./rule-keywords.ts";

/** Which way a message travels. Requests may write an int64 as a number, too; answers never do. */
export type Direction = "request" | "answer";

/**
 * The schema of a field in ProtoJSON, with its comment and its rules.
 *
 * @throws where the field has a type or a rule that is not known here
 * @see https://protobuf.dev/programming-guides/json/
 */
export function fieldSchema(field: DescField, direction: Direction): JsonObject {
  const keywords = ruleKeywords(getOption(field, fieldRules));
  return merge({ description: commentOf(field) }, shapeOf(field, direction), keywords);
}

/** A reference to the schema of a message, or the schema itself where the message has a JSON form of its own. */
export function messageReference(message: DescMessage): JsonObject {
  if (!message.typeName.startsWith("google.protobuf.")) return { $ref: `#/components/schemas/${message.typeName}` };
  const schema = wellKnown[message.typeName];
  if (schema === undefined) throw new Error(`OpenAPI is not known for ${message.typeName}`);
  return schema;
}

function shapeOf(field: DescField, direction: Direction): JsonObject {
  const value = valueSchema(field, direction);
  if (field.fieldKind === "list") return { type: "array", items: value };
  return field.fieldKind === "map" ? { type: "object", additionalProperties: value } : value;
}

/** Of the field's one value, or of each one of its list or map. */
function valueSchema(field: DescField, direction: Direction): JsonObject {
  if (field.message !== undefined) return messageReference(field.message);
  if (field.scalar !== undefined) return scalarSchema(field.scalar, direction);
  // The contract's sets of words are strings with the rule `in`.
  throw new Error(`OpenAPI is not known for the enum ${field.name}`);
}

function scalarSchema(scalar: ScalarType, direction: Direction): JsonObject {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.INT32:
      return { type: "integer", format: "int32" };
    case ScalarType.INT64:
      return {
        type: direction === "request" ? ["string", "integer"] : "string",
        format: "int64",
        pattern: "^-?[0-9]+$",
      };
    case ScalarType.DOUBLE:
      return { type: "number", format: "double" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    default:
      throw new Error(`OpenAPI is not known for ${ScalarType[scalar]}`);
  }
}

const wellKnown: Readonly<Record<string, JsonObject>> = {
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
  "google.protobuf.Struct": { type: "object", additionalProperties: true },
  "google.protobuf.Value": {},
};
