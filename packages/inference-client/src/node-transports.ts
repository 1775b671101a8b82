import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { ClientTransports } from "./inference-client.js";

/** Checked options of Node's transports. */
export interface NodeTransportSettings {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  readonly protocol: "connect" | "grpc";
  readonly httpVersion: "1.1" | "2";
  readonly idleConnectionTimeoutMs: number;
  readonly pingIntervalMs: number;
}

/** Makes the transports over connections of their own, so that closing one client leaves every other alone. */
export function createNodeTransports(settings: NodeTransportSettings): ClientTransports {
  const { baseUrl, interceptors } = settings;
  const common = {
    baseUrl,
    interceptors,
    // Inside a data centre, unpacking costs more than the bytes it saves.
    acceptCompression: [],
    // Instead of Connect's 4 GiB: well over the largest answer, well under what a process can hold.
    readMaxBytes: 67_108_864,
  };
  if (settings.httpVersion === "1.1") {
    const agent = createAgent(baseUrl, settings.idleConnectionTimeoutMs);
    const http1 = { ...common, httpVersion: "1.1", nodeOptions: { agent } } as const;
    return {
      post: createConnectTransport(http1),
      get: createConnectTransport({ ...http1, useHttpGet: true }),
      close: () => agent.destroy(),
    };
  }
  const { idleConnectionTimeoutMs, pingIntervalMs } = settings;
  const sessionManager = new Http2SessionManager(baseUrl, { idleConnectionTimeoutMs, pingIntervalMs });
  const http2 = { ...common, httpVersion: "2", sessionManager } as const;
  const close = () => sessionManager.abort();
  if (settings.protocol === "grpc") {
    const grpc = createGrpcTransport(http2);
    return { post: grpc, get: grpc, close };
  }
  return { post: createConnectTransport(http2), get: createConnectTransport({ ...http2, useHttpGet: true }), close };
}

function createAgent(baseUrl: string, idleConnectionTimeoutMs: number): HttpAgent {
  // An agent's timeout closes a socket only while no request uses it.
  const options = { keepAlive: true, timeout: idleConnectionTimeoutMs };
  return baseUrl.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
}
