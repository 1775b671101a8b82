import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { errorBody } from "../listen/refused-request.js";
import type { WholeAnswer } from "../listen/send-answer.js";
import type { LaneForm } from "./lane-form.js";

/** The whole answer to a call that failed before the first message of its answer, as Connect's handlers give it. */
export function errorAnswerOf(error: ConnectError, { errorForm, contentType }: LaneForm): WholeAnswer {
  switch (errorForm) {
    case "connect-unary": {
      const body = errorBody(error);
      const headers = { ...Object.fromEntries(error.metadata), "content-type": "application/json" };
      return {
        status: codeToHttpStatus(error.code),
        headers: { ...headers, "content-length": String(body.byteLength) },
        body,
      };
    }
    case "connect-stream":
      return { status: 200, headers: { "content-type": contentType }, body: endOfStream(error) };
    case "grpc":
      return { status: 200, headers: { "content-type": contentType }, trailers: grpcTrailersOf(error) };
  }
}

/**
 * The last message of a Connect stream. Default: all went well.
 *
 * @see https://connectrpc.com/docs/protocol/#error-end-stream
 */
export function endOfStream(error?: ConnectError): Uint8Array {
  const json = JSON.stringify(endStreamToJson(new Headers(), error, { useProtoFieldName: true }));
  return encodeEnvelope(endStreamFlag, new TextEncoder().encode(json));
}

/** The trailers of a gRPC answer that failed. */
export function grpcTrailersOf(error: ConnectError): Record<string, string> {
  return Object.fromEntries(setTrailerStatus(new Headers(), error));
}

/** Those of one that went well. */
export const grpcOk = { "grpc-status": "0" } as const;
