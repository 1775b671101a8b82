import { isUtf8 } from "node:buffer";
import type { JsonValue } from "@bufbuild/protobuf";
import { type DecodeFault, notUtf8 } from "./decode-fault.js";

/**
 * The first text of a JSON document that is not UTF-8, by its path; undefined where the document is not JSON either way.
 */
export function locateTextFault(document: Uint8Array): DecodeFault | undefined {
  // One character a byte, so that the bytes of each text can be had back. Escapes are out of the way: they are ASCII,
  // and would look like bytes once they are parsed.
  const text = Buffer.from(document).toString("latin1").replaceAll(escapeSequence, withoutCode);
  const path = pathOfFault(parse(text), "");
  return path === undefined ? undefined : { field: path, ...notUtf8 };
}

const escapeSequence = /\\(?:u[\da-f]{4}|.)/gis;
const withoutCode = (sequence: string) => (/^\\u/i.test(sequence) ? "?" : sequence);

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pathOfFault(value: JsonValue | undefined, path: string, depth = 0): string | undefined {
  if (typeof value === "string") return isUtf8(Buffer.from(value, "latin1")) ? undefined : path;
  if (typeof value !== "object" || value === null || depth > maxDepth) return undefined;
  for (const [key, each] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const found = isUtf8(Buffer.from(key, "latin1")) ? pathOfFault(each, at, depth + 1) : path;
    if (found !== undefined) return found;
  }
  return undefined;
}

const maxDepth = 100;
