import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { openAiErrorFrom } from "../errors/openai-error.js";
import { errorBody } from "./refused-request.js";
import { type HttpResponse, sendBody } from "./respond.js";

/** The protocols, by where each has its errors. */
export type ErrorForm = "connect-unary" | "connect-stream" | "grpc" | "grpc-web" | "openai";

/** A whole answer, made once and sent many times. */
export interface FixedAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: the headers are all. */
  readonly body: Uint8Array | undefined;
}

/** The form that an RPC of this content type has its errors in. Whatever is none of the others is Connect's unary form. */
export function errorFormOf(contentType: string): Exclude<ErrorForm, "openai"> {
  if (contentType.startsWith("application/grpc-web")) return "grpc-web";
  if (contentType.startsWith("application/grpc")) return "grpc";
  return contentType.startsWith("application/connect+") ? "connect-stream" : "connect-unary";
}

/**
 * An error as a whole answer, without Connect's handler. Its content type is that of the call, but for unary Connect.
 *
 * @see https://connectrpc.com/docs/protocol
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md ("Trailers-Only")
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 */
export function fixedAnswerOf(error: ConnectError, form: ErrorForm): FixedAnswer {
  const metadata = [...error.metadata];
  // Both functions of Connect add the metadata of the error themselves.
  const trailer = () => setTrailerStatus(new Headers(), error);
  switch (form) {
    case "grpc":
      return { status: 200, headers: [...trailer()], body: undefined };
    case "grpc-web":
      return { status: 200, headers: metadata, body: encodeEnvelope(trailerFlag, trailerSerialize(trailer())) };
    case "connect-stream": {
      const json = JSON.stringify(endStreamToJson(new Headers(), error, { useProtoFieldName: true }));
      return { status: 200, headers: metadata, body: encodeEnvelope(endStreamFlag, new TextEncoder().encode(json)) };
    }
    case "openai": {
      const { status, headers, body } = openAiErrorFrom(error);
      return { status, headers: [...metadata, ...headers], body: new TextEncoder().encode(JSON.stringify(body)) };
    }
    case "connect-unary":
      return { status: codeToHttpStatus(error.code), headers: metadata, body: errorBody(error) };
  }
}

/** Sends it to a call of the given form and content type. */
export function sendFixedAnswer(
  response: HttpResponse,
  { status, headers, body }: FixedAnswer,
  form: ErrorForm,
  type: string,
): void {
  response.statusCode = status;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader("content-type", form === "connect-unary" || form === "openai" ? "application/json" : type);
  // Without a body, so that HTTP/2 ends the stream with the headers: that is what makes trailers of them.
  if (body === undefined) response.end();
  else sendBody(response, body);
}
