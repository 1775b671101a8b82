import { type DescField, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type DecodeFault, hasOwnJsonForm, notUtf8, tooDeep } from "./decode-fault.js";

/**
 * The first field for which bytes are not a message of `schema`; undefined where no single field is at fault. The
 * decoder's error says nothing of the place, so the bytes are decoded again field by field.
 */
export function locateBinaryFault(schema: DescMessage, bytes: Uint8Array, path = ""): DecodeFault | undefined {
  const reader = new BinaryReader(bytes);
  const counts = new Map<DescField, number>();
  let at = path;
  try {
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const [number, wireType] = reader.tag();
      const field = schema.fields.find((each) => each.number === number);
      at = field === undefined ? path : pathOf(field, path, counts);
      const valueStart = reader.pos;
      reader.skip(wireType, number);
      const fault = faultOf(schema, bytes.subarray(start, reader.pos), at);
      if (fault === undefined) continue;
      const message = field === undefined ? undefined : messageOf(field);
      if (message === undefined || wireType !== WireType.LengthDelimited) return fault;
      const content = new BinaryReader(bytes.subarray(valueStart, reader.pos)).bytes();
      return locateBinaryFault(message, content, at) ?? fault;
    }
  } catch (error) {
    return { field: at, ...describe(error) };
  }
  return undefined;
}

function pathOf(field: DescField, path: string, counts: Map<DescField, number>): string {
  const name = path === "" ? field.name : `${path}.${field.name}`;
  if (field.fieldKind !== "list") return name;
  const index = counts.get(field) ?? 0;
  counts.set(field, index + 1);
  return `${name}[${index}]`;
}

function messageOf(field: DescField): DescMessage | undefined {
  const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
  return message === undefined || hasOwnJsonForm(message) ? undefined : message;
}

function faultOf(schema: DescMessage, bytes: Uint8Array, field: string): DecodeFault | undefined {
  const error = errorOf(schema, bytes, recursionLimit);
  if (error === undefined) return undefined;
  // What fails in other words at another limit of depth fails for its depth.
  const isTooDeep = String(error) !== String(errorOf(schema, bytes, recursionLimit - 1));
  return { field, ...(isTooDeep ? tooDeep : describe(error)) };
}

function errorOf(schema: DescMessage, bytes: Uint8Array, limit: number): unknown {
  try {
    fromBinary(schema, bytes, { recursionLimit: limit });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The default of fromBinary. */
const recursionLimit = 100;

/** By the class of the decoder's error: the text decoder throws TypeErrors, reading past the end is a RangeError. */
function describe(error: unknown): Omit<DecodeFault, "field"> {
  if (error instanceof TypeError) return notUtf8;
  if (error instanceof RangeError) return { description: "is cut short", rule: "decode.truncated" };
  return { description: "is not in the binary form of Protobuf", rule: "decode.type" };
}
