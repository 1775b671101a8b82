import { create, type DescMessage, getOption, type JsonObject } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { message as messageRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { commentOf } from "./comment-of.ts";
import { type Direction, fieldSchema } from "./field-schema.ts";

const validator = createValidator();

/**
 * The schema of a message in ProtoJSON. Requests are closed, as Meridian refuses a field that it does not know; answers
 * are open, as a newer Meridian may say more.
 *
 * @throws where something of the message cannot be said, see `fieldSchema`
 */
export function messageSchema(message: DescMessage, direction: Direction): JsonObject {
  const required = requiredFields(message);
  return {
    type: "object",
    description: [commentOf(message), ...rulesInWords(message)].join("\n\n"),
    properties: Object.fromEntries(message.fields.map((field) => [field.name, fieldSchema(field, direction)])),
    ...(required.length === 0 ? {} : { required }),
    ...oneofKeywords(message),
    ...(direction === "request" ? { additionalProperties: false } : {}),
  };
}

/** The fields that break their own rule where they are absent: the validator says it, of the message without any. */
function requiredFields(message: DescMessage): string[] {
  const result = validator.validate(message, create(message));
  if (result.kind === "error") throw result.error;
  return (result.violations ?? []).flatMap(({ field: [first] }) => (first?.kind === "field" ? [first.name] : []));
}

/** Rules about several fields have no keyword; their messages say what they want. */
function rulesInWords(message: DescMessage): string[] {
  const { cel, $typeName: _, $unknown: _unknown, ...rest } = getOption(message, messageRules);
  const unknown = Object.entries(rest).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  if (unknown.length > 0) throw new Error(`OpenAPI is not known for the rules ${unknown.map(([name]) => name)}`);
  return cel.length === 0 ? [] : [cel.map((rule) => `- ${rule.message}`).join("\n")];
}

/** Of a oneof one field is set. Only where it is the whole message has that a form that every reader of OpenAPI knows. */
function oneofKeywords(message: DescMessage): JsonObject {
  const [oneof] = message.oneofs;
  if (oneof === undefined) return {};
  if (oneof.fields.length < message.fields.length)
    throw new Error(`OpenAPI is not known for the oneof and the other fields of ${message.typeName}`);
  return { minProperties: 1, maxProperties: 1 };
}
