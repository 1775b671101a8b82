import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { Metadata } from "@grpc/grpc-js";
import {
  ChatResponseSchema,
  ErrorDetailSchema,
  type StreamChatResponse,
  StreamChatResponseSchema,
} from "@meridian/inference-proto";
import { callUnary, headersOf, loadService, methodOf, openGrpcJs } from "./grpc-js.js";
import type { ProtocolCase } from "./protocol-case.js";

/** `@grpc/grpc-js` with the proto files, which has nothing of ours. */
export const grpcJsProtocol: ProtocolCase = {
  name: "@grpc/grpc-js with the proto files",
  open(_, { proxy }, protoDirectory) {
    const file = "meridian/inference/v1/inference_service.proto";
    const service = loadService(file, [protoDirectory], "meridian.inference.v1.InferenceService");
    const client = openGrpcJs(proxy.url);
    const chat = methodOf(service, "Chat");
    const streamChat = methodOf(service, "StreamChat");
    return {
      async chat(request, headers) {
        const { message, metadata } = await callUnary(client, chat, plainOf(request), metadataOf(headers));
        return { answer: fromJson(ChatResponseSchema, jsonOf(message)), headers: headersOf(metadata) };
      },
      async streamChat(request, headers) {
        const { path, requestSerialize, responseDeserialize } = streamChat;
        const sent = metadataOf(headers);
        const call = client.makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          plainOf(request),
          sent,
        );
        let answerHeaders = new Headers();
        call.on("metadata", (metadata: Metadata) => {
          answerHeaders = headersOf(metadata);
        });
        const answer: StreamChatResponse[] = [];
        for await (const message of call) answer.push(fromJson(StreamChatResponseSchema, jsonOf(message)));
        return { answer, headers: answerHeaders };
      },
      async failure(request) {
        const thrown: unknown = await callUnary(client, chat, plainOf(request)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (!(thrown instanceof Error && "metadata" in thrown && thrown.metadata instanceof Metadata))
          throw new Error("the call did not fail as it should", { cause: thrown });
        // grpc-js leaves the details packed; they are unpacked as any caller of gRPC would.
        const trailer = headersOf(thrown.metadata);
        trailer.set("grpc-status", String("code" in thrown ? thrown.code : ""));
        const error = findTrailerError(trailer);
        const [detail] = error?.findDetails(ErrorDetailSchema) ?? [];
        return { code: error === undefined ? "" : codeToString(error.code), reason: detail?.reason ?? "" };
      },
    };
  },
};

function metadataOf(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headers) metadata.set(name, value);
  return metadata;
}

/** A request for proto-loader, which has no JSON form for `Struct`: https://protobuf.dev/reference/protobuf/google.protobuf/#struct. */
function plainOf({ extra_body: extra, ...request }: JsonObject): object {
  return extra === undefined ? request : { ...request, extra_body: structValueOf(extra).structValue };
}

interface PlainValue {
  readonly structValue?: object;
  readonly [field: string]: unknown;
}

function structValueOf(value: JsonValue): PlainValue {
  if (value === null) return { nullValue: 0 };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(structValueOf) } };
  const fields = Object.entries(value).map(([key, each]) => [key, structValueOf(each)]);
  return { structValue: { fields: Object.fromEntries(fields) } };
}

/** Plain objects of proto-loader with names kept and 64-bit numbers and bytes as texts are the JSON form of protobuf. */
function jsonOf(message: object): JsonValue {
  return JSON.parse(JSON.stringify(message));
}
