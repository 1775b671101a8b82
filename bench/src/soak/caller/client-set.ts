import { createInferenceClient, type InferenceClient } from "@meridian/inference-client";
import type { CallProtocol } from "./plan-call.js";

/** A client for each protocol. Over HTTP/2 each has one connection for all of its calls. */
export interface ClientSet {
  client(protocol: CallProtocol): InferenceClient;
  close(): void;
}

/** Longer than a wave: a machine that is too busy to answer a PING in time is not to be taken for a dead connection. */
const pingIntervalMs = 600_000;

/** Creates the clients; they connect with their first call. */
export function createClientSet(baseUrl: string): ClientSet {
  const clients = {
    "connect over HTTP/1.1": createInferenceClient({ baseUrl, httpVersion: "1.1" }),
    "connect over HTTP/2": createInferenceClient({ baseUrl, pingIntervalMs }),
    grpc: createInferenceClient({ baseUrl, protocol: "grpc", pingIntervalMs }),
  } as const satisfies Record<CallProtocol, InferenceClient>;
  return {
    client: (protocol) => clients[protocol],
    close() {
      for (const client of Object.values(clients)) client.close();
    },
  };
}
