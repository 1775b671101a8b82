import { createInferenceClient, type InferenceClient } from "@meridian/inference-client";
import type { CallProtocol } from "./plan-call.js";

/** A client for each protocol. Over HTTP/2 each has one connection for all of its calls. */
export interface ClientSet {
  client(protocol: CallProtocol): InferenceClient;
  close(): void;
}

/** Creates the clients; they connect with their first call. */
export function createClientSet(baseUrl: string): ClientSet {
  const clients = {
    "connect over HTTP/1.1": createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    "connect over HTTP/2": createInferenceClient({ baseUrl }),
    grpc: createInferenceClient({ baseUrl, protocol: "grpc" }),
  } as const satisfies Record<CallProtocol, InferenceClient>;
  return {
    client: (protocol) => clients[protocol],
    close() {
      for (const client of Object.values(clients)) client.close();
    },
  };
}
