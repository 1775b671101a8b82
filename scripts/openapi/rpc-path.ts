import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { commentOf } from "./comment-of.ts";
import { messageReference } from "./field-schema.ts";

/**
 * The path of an RPC in the Connect protocol: POST, and GET for one without side effects. What all RPCs share is in
 * connect.yaml, under the names that this refers to.
 *
 * @throws on a method whose caller streams
 * @see https://connectrpc.com/docs/protocol
 */
export function rpcPath(method: DescMethod): readonly [path: string, item: JsonObject] {
  const path = `/${method.parent.typeName}/${method.name}`;
  switch (method.methodKind) {
    case "unary":
      return [path, { ...unaryGet(method), post: unaryPost(method) }];
    case "server_streaming":
      return [path, { post: streamPost(method) }];
    default:
      throw new Error(`OpenAPI is not known for the ${method.methodKind} method ${method.name}`);
  }
}

function unaryPost(method: DescMethod): JsonObject {
  return {
    ...operation(method),
    operationId: `${method.parent.name}_${method.name}`,
    parameters: parameters("ConnectProtocolVersion", "ConnectTimeoutMs", "RequestId"),
    requestBody: { required: true, content: { "application/json": { schema: messageReference(method.input) } } },
    responses: unaryResponses(method),
  };
}

function unaryGet(method: DescMethod): JsonObject {
  if (method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return {};
  const message = {
    name: "message",
    in: "query",
    required: true,
    description: "The request.",
    content: { "application/json": { schema: messageReference(method.input) } },
  };
  const get = {
    ...operation(method),
    operationId: `${method.parent.name}_${method.name}_get`,
    parameters: [
      ...parameters("ConnectGetVersion", "ConnectGetEncoding"),
      message,
      ...parameters("ConnectTimeoutMs", "RequestId"),
    ],
    responses: unaryResponses(method),
  };
  return { get };
}

function streamPost(method: DescMethod): JsonObject {
  const endOfStream = { $ref: "#/components/schemas/connect.EndOfStream" };
  return {
    ...operation(method),
    description: `${commentOf(method)}\n\n${envelopes}`,
    operationId: `${method.parent.name}_${method.name}`,
    parameters: parameters("ConnectProtocolVersion", "ConnectTimeoutMs", "RequestId"),
    requestBody: { required: true, content: { [streamType]: { schema: messageReference(method.input) } } },
    responses: {
      "200": {
        description: "The stream, of a call that fails too: the envelope that ends it says how it went.",
        headers: answerHeaders,
        content: { [streamType]: { schema: { anyOf: [messageReference(method.output), endOfStream] } } },
      },
      "415": failure("The content type is not `application/connect+json`."),
    },
  };
}

const streamType = "application/connect+json";

const envelopes = `\
Both bodies are binary: messages in envelopes, each one byte of flags, the length of the message in four bytes (big-endian),
and the message as JSON. The schemas here are those of one message. The request is one envelope with the flags 0. The
answer ends with an envelope whose flags have the bit 2, and whose message is an \`EndOfStream\`; without one, it was cut.`;

function operation(method: DescMethod): JsonObject {
  const description = commentOf(method);
  const [summary = ""] = description.split(/(?<=\.)\s/);
  return { tags: [method.parent.name], summary, description };
}

function unaryResponses(method: DescMethod): JsonObject {
  const ok = {
    description: "The answer.",
    headers: answerHeaders,
    content: { "application/json": { schema: messageReference(method.output) } },
  };
  const failures = Object.entries(codesByStatus).map(([status, codes]) => [
    status,
    failure(`The call failed with ${codes.map((code) => `\`${code}\``).join(" or ")}.`),
  ]);
  return {
    "200": ok,
    ...Object.fromEntries(failures),
    "415": failure("The message is in a form that is not served; its code is `invalid_argument`."),
  };
}

/** The HTTP status that Connect gives to each code of docs/errors.md. */
const codesByStatus: Readonly<Record<string, readonly string[]>> = {
  "400": ["invalid_argument", "failed_precondition"],
  "401": ["unauthenticated"],
  "404": ["not_found"],
  "409": ["aborted"],
  "429": ["resource_exhausted"],
  "499": ["canceled"],
  "500": ["internal"],
  "503": ["unavailable"],
  "504": ["deadline_exceeded"],
};

function failure(description: string): JsonObject {
  return { $ref: "#/components/responses/ConnectError", description };
}

function parameters(...names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

const answerHeaders = Object.fromEntries(
  ["x-request-id", "x-config-version", "x-edge-latency-ms", "x-region-code", "x-model-routed"].map((name) => [
    name,
    { $ref: `#/components/headers/${name}` },
  ]),
);
