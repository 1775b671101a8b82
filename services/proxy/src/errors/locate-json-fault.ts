import { type DescField, type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { isFieldError } from "@bufbuild/protobuf/reflect";
import { isJsonObject } from "@meridian/core";
import { type DecodeFault, hasOwnJsonForm, tooDeep } from "./decode-fault.js";

/**
 * The first field of a JSON value for which it is not a message of `schema`; undefined where no single field is at fault.
 * The decoder's error names a field without its place, so the value is decoded again piece by piece.
 */
export function locateJsonFault(schema: DescMessage, json: JsonValue, path = ""): DecodeFault | undefined {
  if (!isJsonObject(json)) return faultOf(schema, json, path);
  for (const [key, value] of Object.entries(json)) {
    const at = path === "" ? key : `${path}.${key}`;
    const field = schema.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined)
      return { field: at, description: "is no field of the contract", rule: "decode.unknown_field" };
    const fault = faultOf(schema, { [key]: value }, at);
    if (fault !== undefined) return within(field, key, value, at) ?? fault;
  }
  return undefined;
}

function within(field: DescField, key: string, value: JsonValue, at: string): DecodeFault | undefined {
  switch (field.fieldKind) {
    case "message":
      return hasOwnJsonForm(field.message) ? undefined : locateJsonFault(field.message, value, at);
    case "list": {
      if (!Array.isArray(value)) return undefined;
      for (const [index, item] of value.entries()) {
        const itemAt = `${at}[${index}]`;
        const fault = faultOf(field.parent, { [key]: [item] }, itemAt);
        if (fault === undefined) continue;
        const isOfFields = field.listKind === "message" && !hasOwnJsonForm(field.message);
        return (isOfFields ? locateJsonFault(field.message, item, itemAt) : undefined) ?? fault;
      }
      return undefined;
    }
    case "map": {
      if (!isJsonObject(value)) return undefined;
      const faults = Object.entries(value).map(([entryKey, entry]) =>
        faultOf(field.parent, { [key]: { [entryKey]: entry } }, `${at}[${JSON.stringify(entryKey)}]`),
      );
      return faults.find((fault) => fault !== undefined);
    }
    default:
      return undefined;
  }
}

function faultOf(schema: DescMessage, json: JsonValue, field: string): DecodeFault | undefined {
  try {
    fromJson(schema, json);
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (isFieldError(cause)) return { field, description: cause.message, rule: "decode.type" };
    return { field, ...(isDeep(json) ? tooDeep : { description: "has the wrong type", rule: "decode.type" }) };
  }
}

/** Deeper than the contract itself goes. With a stack of its own: the input may be deeper than the call stack. */
function isDeep(json: JsonValue): boolean {
  const open: (readonly [value: JsonValue, depth: number])[] = [[json, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > contractDepth) return true;
    for (const each of Object.values(value)) open.push([each, depth + 1]);
  }
  return false;
}

const contractDepth = 20;
