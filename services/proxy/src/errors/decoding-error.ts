import type { DescMethod, JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type DecodeFault, notUtf8 } from "./decode-fault.js";
import { locateBinaryFault } from "./locate-binary-fault.js";
import { locateJsonFault } from "./locate-json-fault.js";
import { locateTextFault } from "./locate-text-fault.js";
import { refusedError, requestTooLargeError } from "./to-connect-error.js";

/** A call that failed before its request was decoded. */
export interface UndecodedCall {
  readonly method: DescMethod;
  readonly header: Pick<Headers, "get">;
  /** What came of the body; undefined where it is not known any more. */
  readonly received: readonly Uint8Array[] | undefined;
  /** The limit of a request's size, in bytes. */
  readonly maxMessageBytes: number;
}

/** Looking for the field at fault means decoding again. In bytes. */
const maxLocatedBytes = 1_048_576;
/** Of a message of ours: it travels in a header of gRPC. */
const maxMessageLength = 512;

/**
 * The error of the contract for one that Connect itself raised: with its `ErrorDetail`, and with the field at fault where
 * there is one. An error that has a detail already stays as it is.
 */
export function decodingError(error: ConnectError, call: UndecodedCall): ConnectError {
  if (error.details.length > 0) return error;
  switch (error.code) {
    case Code.ResourceExhausted:
      return requestTooLargeError(call.maxMessageBytes);
    case Code.Canceled:
    case Code.Aborted:
      return refusedError(
        new ConnectError("the caller went away", Code.Canceled, undefined, undefined, error),
        "canceled",
      );
    case Code.DeadlineExceeded:
      return refusedError(error, "deadline_exceeded");
    // Connect takes bytes that it cannot decode for a fault of the server's.
    case Code.Internal:
    case Code.Unknown:
    case Code.InvalidArgument:
      return invalidRequest(error, call);
    default:
      return refusedError(error, "invalid_request");
  }
}

function invalidRequest(error: ConnectError, call: UndecodedCall): ConnectError {
  const fault = locateFault(error, call);
  const isWhole = fault?.field === "";
  const words =
    fault === undefined ? error.rawMessage : `${isWhole ? "the request" : `${fault.field}:`} ${fault.description}`;
  const refused = new ConnectError(shortened(words), Code.InvalidArgument, undefined, undefined, error);
  return refusedError(refused, "invalid_request", fault === undefined || isWhole ? [] : [shortenedFault(fault)]);
}

function locateFault({ cause }: ConnectError, { method, header, received }: UndecodedCall): DecodeFault | undefined {
  const message = received === undefined ? undefined : messageBytes(received, header);
  if (message === undefined || message.length > maxLocatedBytes) return undefined;
  if (!(header.get("content-type") ?? "").includes("json")) return locateBinaryFault(method.input, message);
  if (cause instanceof TypeError) return locateTextFault(message) ?? { field: "", ...notUtf8 };
  const json = parsed(message);
  return json === undefined ? undefined : locateJsonFault(method.input, json);
}

/** The message in a body; undefined where it is compressed, or where there is none. */
function messageBytes(received: readonly Uint8Array[], header: Pick<Headers, "get">): Uint8Array | undefined {
  const body = Buffer.concat(received);
  const type = header.get("content-type") ?? "";
  const isEnveloped = type.startsWith("application/grpc") || type.startsWith("application/connect+");
  if (!isEnveloped) return (header.get("content-encoding") ?? "identity") === "identity" ? body : undefined;
  const isPlain = body.length >= prefixBytes && body[0] === 0;
  return isPlain ? body.subarray(prefixBytes, prefixBytes + body.readUInt32BE(1)) : undefined;
}

/** Flags and length, before each message: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

function parsed(bytes: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength)}...`;
}

function shortenedFault({ field, description, rule }: DecodeFault): DecodeFault {
  return { field: shortened(field), description: shortened(description), rule };
}
