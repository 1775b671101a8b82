import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { refusedError } from "../errors/to-connect-error.js";

/** An error as the body of an HTTP answer that is none of an RPC's: in Connect's JSON, whatever the caller speaks. */
export function errorBody(error: ConnectError): Uint8Array {
  return errorToJsonBytes(error, { useProtoFieldName: true });
}

/**
 * What is wrong with a request that is none of the RPC's in any protocol, by the HTTP status that Connect gave it: the
 * method (405), the media type (415) or the version of HTTP (505).
 */
export function refusedRequestError(status: number, handler: UniversalHandler, mediaType: string): ConnectError {
  const message =
    status === 405
      ? `${handler.method.name} takes ${handler.allowedMethods.join(" or ")}`
      : status === 415
        ? `the content-type "${mediaType.slice(0, 128)}" is not served here; Connect takes application/json`
        : `${handler.method.name} needs HTTP/2`;
  return refusedError(new ConnectError(message, Code.InvalidArgument), "invalid_request");
}

/** The answer to such a request, with the error in its body and what it should have been in its headers. */
export function refusedRequestResponse(
  response: UniversalServerResponse,
  handler: UniversalHandler,
  error: ConnectError,
): UniversalServerResponse {
  const header = new Headers(response.header);
  for (const [name, value] of error.metadata) header.set(name, value);
  header.set("content-type", "application/json");
  if (response.status === 405) header.set("allow", handler.allowedMethods.join(", "));
  if (response.status === 415) header.set("accept-post", acceptedTypes);
  return { ...response, header, body: createAsyncIterable([errorBody(error)]) };
}

const acceptedTypes = "application/json, application/proto, application/grpc, application/grpc-web";
