import { createServer as createHttp1Server, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { InferenceService } from "@meridian/inference-proto";

/** A request as it came in. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A running service. */
export interface StubService {
  readonly baseUrl: string;
  /** Every request so far, oldest first. */
  readonly received: readonly ReceivedRequest[];
  /** How many connections have been opened so far. */
  connectionCount(): number;
  /** Waits until no connection is open. */
  disconnected(): Promise<void>;
  /** Cuts every connection without a word. */
  cutConnections(): void;
  /** Stops listening and waits until every connection is closed: one that a client keeps makes the test time out. */
  close(): Promise<void>;
}

/** Serves the given methods of InferenceService on a free port of 127.0.0.1, with one version of HTTP. */
export async function startStubService(
  httpVersion: "1.1" | "2",
  implementation: Partial<ServiceImpl<typeof InferenceService>>,
): Promise<StubService> {
  const received: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const adapter = connectNodeAdapter({
    routes: (router) => {
      router.service(InferenceService, implementation);
    },
  });
  const handler: typeof adapter = (request, response) => {
    received.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    adapter(request, response);
  };
  const server = httpVersion === "1.1" ? createHttp1Server(handler) : createHttp2Server(handler);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}`,
    received,
    connectionCount: () => connections,
    async disconnected() {
      await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
    cutConnections() {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
