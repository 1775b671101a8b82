import { fromBinary, fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ChatResponseSchema, ErrorDetailSchema, StreamChatResponseSchema } from "@meridian/inference-proto";
import { rpcUrl } from "./call-json.js";
import { bufPath } from "./proto-files.js";
import type { ProtocolCaller, ProtocolCase } from "./protocol-case.js";
import { requireProgram } from "./require-program.js";
import { runProgram, runToSuccess } from "./run-program.js";

const byReflection = () => ["--http2-prior-knowledge"];
const bySchema = (protoDirectory: string) => ["--schema", protoDirectory];

/** `buf curl` in its three protocols, over HTTP/2 by reflection and over HTTP/1.1 by a schema; and grpcurl. */
export const programProtocols: readonly ProtocolCase[] = [
  bufCase("buf curl, Connect over HTTP/2 by reflection", "connect", byReflection),
  bufCase("buf curl, gRPC by reflection", "grpc", byReflection),
  bufCase("buf curl, gRPC-Web over HTTP/2 by reflection", "grpcweb", byReflection),
  bufCase("buf curl, Connect over HTTP/1.1", "connect", bySchema),
  bufCase("buf curl, gRPC-Web over HTTP/1.1", "grpcweb", bySchema),
  { name: "grpcurl", open: (context, { proxy }) => grpcurlCaller(requireProgram(context, "grpcurl"), proxy.url) },
];

function bufCase(name: string, protocol: string, options: (protoDirectory: string) => string[]): ProtocolCase {
  return {
    name,
    open: (_, { proxy }, protoDirectory) => bufCaller(proxy.url, ["--protocol", protocol, ...options(protoDirectory)]),
  };
}

function bufCaller(baseUrl: string, options: readonly string[]): ProtocolCaller {
  const argumentsOf = (rpc: "Chat" | "StreamChat", request: JsonObject, headers: Headers) => [
    ...["curl", ...options],
    ...[...headers].flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    ...["-d", JSON.stringify(request), rpcUrl(baseUrl, rpc)],
  ];
  const call = async (rpc: "Chat" | "StreamChat", request: JsonObject, headers: Headers) => {
    const { stdout, stderr } = await runToSuccess(bufPath, [...argumentsOf(rpc, request, headers), "-v"]);
    // The call comes after those of reflection: of two headers by the same name the last one is its own.
    const lines = [...stderr.matchAll(/^buf: < \(#\d+\) ([\w-]+): (.*)$/gm)];
    const answerHeaders = new Headers();
    for (const [, name = "", value = ""] of lines) answerHeaders.set(name, value);
    return { messages: jsonDocuments(stdout), headers: answerHeaders };
  };
  return {
    ...callsOf(call),
    async failure(request) {
      const { exitCode, stderr } = await runProgram(bufPath, argumentsOf("Chat", request, new Headers()));
      if (exitCode === 0) throw new Error("the call did not fail");
      // A parse boundary: the error in Connect's form, https://connectrpc.com/docs/protocol#error-end-stream.
      const error: { code: string; details: { type: string; value: string }[] } = JSON.parse(stderr);
      const detail = error.details.find(({ type }) => type === ErrorDetailSchema.typeName);
      return {
        code: error.code,
        reason: fromBinary(ErrorDetailSchema, base64Decode(detail?.value ?? "")).reason,
      };
    },
  };
}

function grpcurlCaller(path: string, baseUrl: string): ProtocolCaller {
  const { host } = new URL(baseUrl);
  const argumentsOf = (rpc: string, request: JsonObject, headers: Headers, options: readonly string[]) => [
    ...["-plaintext", ...options],
    ...[...headers].flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    ...["-d", JSON.stringify(request), host, `meridian.inference.v1.InferenceService/${rpc}`],
  ];
  const call = async (rpc: "Chat" | "StreamChat", request: JsonObject, headers: Headers) => {
    const { stdout } = await runToSuccess(path, argumentsOf(rpc, request, headers, ["-v"]));
    const [before = "", ...contents] = stdout.split("Response contents:\n");
    const [, headerLines = ""] = before.split("Response headers received:\n");
    const pairs = [...headerLines.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
    return {
      messages: contents.map((content): JsonValue => JSON.parse(content.split("\n\n", 1)[0] ?? "")),
      headers: new Headers(Object.fromEntries(pairs)),
    };
  };
  return {
    ...callsOf(call),
    async failure(request) {
      const result = await runProgram(path, argumentsOf("Chat", request, new Headers(), ["-format-error"]));
      if (result.exitCode === 0) throw new Error("the call did not fail");
      // A parse boundary: google.rpc.Status in JSON. The exit code is that of gRPC, plus 64.
      const error: { code: number; details: { "@type": string; reason?: string }[] } = JSON.parse(result.stderr);
      const detail = error.details.find((each) => each["@type"].endsWith(`/${ErrorDetailSchema.typeName}`));
      return { code: codeToString(error.code), reason: detail?.reason ?? "" };
    },
  };
}

type Call = (
  rpc: "Chat" | "StreamChat",
  request: JsonObject,
  headers: Headers,
) => Promise<{ readonly messages: readonly JsonValue[]; readonly headers: Headers }>;

function callsOf(call: Call): Pick<ProtocolCaller, "chat" | "streamChat"> {
  return {
    async chat(request, headers) {
      const { messages, headers: answerHeaders } = await call("Chat", request, headers);
      if (messages.length !== 1) throw new Error(`${messages.length} answers to one call`);
      return { answer: fromJson(ChatResponseSchema, messages[0] ?? null), headers: answerHeaders };
    },
    async streamChat(request, headers) {
      const { messages, headers: answerHeaders } = await call("StreamChat", request, headers);
      return { answer: messages.map((each) => fromJson(StreamChatResponseSchema, each)), headers: answerHeaders };
    },
  };
}

/** The objects of a text that has one after the other, each beginning on a line of its own. */
function jsonDocuments(text: string): JsonValue[] {
  return text.split(/\n(?=\{)/).map((document): JsonValue => JSON.parse(document));
}
