import { fromJson } from "@bufbuild/protobuf";
import { createInferenceClient, type InferenceClient, InferenceError } from "@meridian/inference-client";
import { createInferenceClient as createBrowserClient } from "@meridian/inference-client/browser";
import { ChatRequestSchema, type StreamChatResponse } from "@meridian/inference-proto";
import { onTestFinished } from "vitest";
import type { ProtocolCaller, ProtocolCase } from "./protocol-case.js";

/** Both entries of the generated client, in all their protocols. */
export const clientProtocols: readonly ProtocolCase[] = [
  clientCase("client, Connect over HTTP/2", (baseUrl) => createInferenceClient({ baseUrl })),
  clientCase("client, Connect over HTTP/1.1", (baseUrl) => createInferenceClient({ baseUrl, httpVersion: "1.1" })),
  clientCase("client, gRPC", (baseUrl) => createInferenceClient({ baseUrl, protocol: "grpc" })),
  clientCase("browser entry, Connect", (baseUrl) => createBrowserClient({ baseUrl })),
  clientCase("browser entry, gRPC-Web", (baseUrl) => createBrowserClient({ baseUrl, protocol: "grpc-web" })),
];

function clientCase(name: string, createClient: (baseUrl: string) => InferenceClient): ProtocolCase {
  return {
    name,
    open(_, { proxy }) {
      const client = createClient(proxy.url);
      onTestFinished(() => client.close());
      return callerOf(client);
    },
  };
}

function callerOf(client: InferenceClient): ProtocolCaller {
  return {
    async chat(request, headers) {
      let answerHeaders = new Headers();
      const onHeader = (received: Headers) => {
        answerHeaders = received;
      };
      const answer = await client.chat(fromJson(ChatRequestSchema, request), { headers, onHeader });
      return { answer, headers: answerHeaders };
    },
    async streamChat(request, headers) {
      let answerHeaders = new Headers();
      const onHeader = (received: Headers) => {
        answerHeaders = received;
      };
      const answer: StreamChatResponse[] = [];
      const stream = client.streamChat(fromJson(ChatRequestSchema, request), { headers, onHeader });
      for await (const event of stream) answer.push(event);
      return { answer, headers: answerHeaders };
    },
    async failure(request) {
      const thrown: unknown = await client.chat(fromJson(ChatRequestSchema, request)).catch((error: unknown) => error);
      if (!(thrown instanceof InferenceError)) throw new Error("the call did not fail as it should", { cause: thrown });
      return { code: thrown.code, reason: thrown.reason };
    },
  };
}
