import { Code, ConnectError } from "@connectrpc/connect";
import { isNestedDeeper, type JsonValue, parseExactJson, type StopSignal } from "@meridian/core";
import { refusedError, requestTooLargeError } from "../errors/to-connect-error.js";
import { callerGone } from "./caller-gone.js";
import { tooSlow } from "./limit-body.js";
import { type ReadBody, type ReadLimits, readBody } from "./read-body.js";
import { wasReset } from "./request-body.js";
import type { HttpRequest } from "./respond.js";

/** What a body may take, and whose call it is. */
export interface JsonBodyLimits extends ReadLimits {
  /** Aborts when the call ends. */
  readonly signal: StopSignal;
}

/** No API goes so deep, and what goes much deeper cannot be written again. */
const maxDepth = 128;

/**
 * The JSON value that a request's body is; a promise of it where the body has not come yet.
 *
 * @throws ConnectError invalid_argument where it is none; resource_exhausted and deadline_exceeded above its limits; the
 * signal's reason
 */
export function readJsonBody(
  request: HttpRequest,
  { maxBytes, maxMs, clock, signal }: JsonBodyLimits,
): JsonValue | Promise<JsonValue> {
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType !== "application/json")
    throw refused(
      `the content-type "${mediaType.slice(0, 128)}" is not served here; send application/json`,
      "unsupported_media_type",
    );
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw refused("the body is compressed; send it as it is", "unsupported_media_type");
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw requestTooLargeError(maxBytes);
  if (signal.aborted) throw signal.reason;
  if ("body" in request && request.body.byteLength <= maxBytes) return bodyOf(request.body);
  return bytesOf(request, { maxBytes, maxMs, clock }).then(bodyOf);
}

function bodyOf(bytes: Uint8Array): JsonValue {
  const value = jsonOf(textOf(bytes));
  if (isNestedDeeper(value, maxDepth))
    throw refused(`the body is nested deeper than ${maxDepth} levels`, "invalid_request");
  return value;
}

async function bytesOf(request: HttpRequest, limits: ReadLimits): Promise<Uint8Array> {
  const body = await new Promise<ReadBody>((resolve) => readBody(request, limits, resolve));
  if (body.kind === "gone" || (await wasReset(request))) throw callerGone();
  if (body.kind === "whole") return body.bytes;
  const bytes = body.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  throw bytes > limits.maxBytes ? requestTooLargeError(limits.maxBytes) : tooSlow(limits.maxMs);
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refused("the body is not UTF-8", "invalid_request");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function jsonOf(text: string): JsonValue {
  try {
    return parseExactJson(text);
  } catch (error) {
    // V8 shows what is around the fault, and that may be a prompt: it is the caller's own.
    const fault = error instanceof Error ? `: ${error.message.slice(0, 200)}` : "";
    throw refused(`the body is not JSON${fault}`, "invalid_request");
  }
}

function refused(message: string, reason: "invalid_request" | "unsupported_media_type"): ConnectError {
  return refusedError(new ConnectError(message, Code.InvalidArgument), reason);
}
