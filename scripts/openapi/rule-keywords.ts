import { type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type FieldRules, FieldRulesSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/**
 * What JSON Schema says for a rule. JSON Schema counts characters where the rules count bytes: a character is 1 to 4
 * bytes, so that each limit is the tightest one that refuses nothing that the rule allows.
 */
const keywords: Readonly<Record<string, (limit: JsonValue) => JsonObject>> = {
  const: (value) => ({ const: value }),
  in: (values) => ({ enum: values }),
  pattern: (pattern) => ({ pattern }),
  min_bytes: (bytes) => ({ minLength: Math.ceil(Number(bytes) / 4) }),
  max_bytes: (bytes) => ({ maxLength: Number(bytes) }),
  gte: (limit) => ({ minimum: Number(limit) }),
  lte: (limit) => ({ maximum: Number(limit) }),
  min_items: (count) => ({ minItems: Number(count) }),
  max_items: (count) => ({ maxItems: Number(count) }),
  max_pairs: (count) => ({ maxProperties: Number(count) }),
  items: (rules) => ({ items: keywordsFrom(rules) }),
  keys: (rules) => ({ propertyNames: keywordsFrom(rules) }),
  values: (rules) => ({ additionalProperties: keywordsFrom(rules) }),
};

/**
 * The validation rules of a field as keywords of JSON Schema. `required` is not among them: it belongs to the message.
 *
 * @throws on a rule that is not known here, so that no limit goes unpublished
 * @see https://protovalidate.com/reference/rules
 */
export function ruleKeywords(rules: FieldRules): JsonObject {
  return keywordsFrom(toJson(FieldRulesSchema, rules, { useProtoFieldName: true }));
}

/** From the JSON of FieldRules, whose one key beside `required` is the type that the rules are for. */
function keywordsFrom(rules: JsonValue): JsonObject {
  const { required: _, ...byType } = objectFrom(rules);
  return Object.assign({}, ...Object.values(byType).map(typeKeywords));
}

function typeKeywords(rules: JsonValue): JsonObject {
  const each = Object.entries(objectFrom(rules)).map(([rule, limit]) => {
    const keyword = keywords[rule];
    if (keyword === undefined) throw new Error(`OpenAPI is not known for the rule "${rule}"`);
    return keyword(limit);
  });
  return Object.assign({}, ...each);
}

function objectFrom(value: JsonValue): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`OpenAPI is not known for the rule ${JSON.stringify(value)}`);
}
