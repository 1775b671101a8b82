import { fromJson, toBinary } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@meridian/inference-proto";
import { type PromptTokens, requestFixtures } from "../fixture.js";
import { envelope } from "../load/envelope-splitter.js";
import { callerHeaders, openAiBodies } from "./openai-calls.js";
import type { CallForm, SubjectCall } from "./subject.js";

const service = "/meridian.inference.v1.InferenceService";
const connectHeaders = { ...callerHeaders, "connect-protocol-version": "1" } as const;
const grpcHeaders = { ...callerHeaders, "content-type": "application/grpc", te: "trailers" } as const;

/** The RPCs: Connect JSON over HTTP/1.1, gRPC over HTTP/2. */
export const rpcCalls = {
  "unary-http1": {
    transport: "http1",
    path: `${service}/Chat`,
    headers: { ...connectHeaders, "content-type": "application/json" },
    body: openAiBodies.unary,
    answer: "json",
  },
  "stream-http1": {
    transport: "http1",
    path: `${service}/StreamChat`,
    headers: { ...connectHeaders, "content-type": "application/connect+json" },
    body: (prompt) => envelope(openAiBodies.stream(prompt)),
    answer: "connect-stream",
  },
  "unary-h2c": {
    transport: "h2c",
    path: `${service}/Chat`,
    headers: grpcHeaders,
    body: (prompt) => envelope(binaryOf(prompt)),
    answer: "grpc",
  },
  "stream-h2c": {
    transport: "h2c",
    path: `${service}/StreamChat`,
    headers: grpcHeaders,
    body: (prompt) => envelope(binaryOf(prompt)),
    answer: "grpc-stream",
  },
} as const satisfies Record<CallForm, SubjectCall>;

/** The RPCs in Connect's own protocol with protobuf, over HTTP/2. */
export const connectProtoCalls = {
  "unary-h2c": {
    ...rpcCalls["unary-h2c"],
    headers: { ...connectHeaders, "content-type": "application/proto" },
    body: binaryOf,
    answer: "proto",
  },
  "stream-h2c": {
    ...rpcCalls["stream-h2c"],
    headers: { ...connectHeaders, "content-type": "application/connect+proto" },
    answer: "connect-proto-stream",
  },
} as const satisfies Partial<Record<CallForm, SubjectCall>>;

function binaryOf(prompt: PromptTokens): Buffer {
  const { messages, max_tokens: maxTokens } = requestFixtures[prompt];
  const request: ChatRequest = fromJson(ChatRequestSchema, { messages: [...messages], max_tokens: maxTokens });
  return Buffer.from(toBinary(ChatRequestSchema, request));
}
