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
  const sessions = new Http2SessionManager(baseUrl, { idleConnectionTimeoutMs, pingIntervalMs });
  const http2 = { ...common, httpVersion: "2", sessionManager: withHarmlessErrors(sessions) } as const;
  const close = () => sessions.abort();
  if (settings.protocol === "grpc") {
    const grpc = createGrpcTransport(http2);
    return { post: grpc, get: grpc, close };
  }
  return { post: createConnectTransport(http2), get: createConnectTransport({ ...http2, useHttpGet: true }), close };
}

/**
 * Connect stops listening to a session that it gives up. When its connection ends later, as where a PING timed out, the
 * session tells its error still, and one that nobody listens to ends the process. Its calls have heard of it themselves.
 */
function withHarmlessErrors(sessions: Http2SessionManager): SessionManager {
  return {
    authority: sessions.authority,
    notifyResponseByteRead: (stream) => sessions.notifyResponseByteRead(stream),
    async request(...args) {
      const stream = await sessions.request(...args);
      const { session } = stream;
      if (session?.listenerCount("error", ignore) === 0) session.on("error", ignore);
      return stream;
    },
  };
}

/** What Connect's transports need of it. */
type SessionManager = Pick<Http2SessionManager, "authority" | "request" | "notifyResponseByteRead">;

function ignore(): void {}

function createAgent(baseUrl: string, idleConnectionTimeoutMs: number): HttpAgent {
  // An agent's timeout closes a socket only while no request uses it.
  const options = { keepAlive: true, timeout: idleConnectionTimeoutMs };
  return baseUrl.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
}
