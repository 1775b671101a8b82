import { Server as NetServer, type Socket } from "node:net";
import type { TlsConfig } from "@meridian/config";
import { createOwnServers } from "./own-servers.js";
import { defaultPortLimits, type PortLimits } from "./port-limits.js";
import type { PortIdentity, PortListener } from "./port-servers.js";

/** A port that speaks HTTP/1.1 and HTTP/2, in clear text or, with a certificate, over TLS with ALPN. */
export interface OnePort {
  /** The port that was bound. */
  readonly port: number;
  /** How many connections are open. */
  connections(): number;
  /**
   * Shows another certificate to connections that come from now on. Where other client certificates are revoked than
   * before, callers have to connect anew: HTTP/2 connections take no further call after `noticeMs`, those of HTTP/1.1 close after their
   * next answer. Throws where OpenSSL does not take it.
   */
  setCertificate(tls: TlsConfig, clientCrl?: string): void;
  /**
   * Accepts no more connections and tells HTTP/2 callers to go (GOAWAY). Calls that are on their way on open connections
   * are still taken for `noticeMs`; resolves then, at once where no connection is open. From then on connections close as
   * they fall idle.
   */
  stopAccepting(): Promise<void>;
  /** Closes every connection, whatever runs on it. Resolves when the last is closed, or has had its time to. */
  destroy(): Promise<void>;
}

/**
 * Connections that wait to be accepted: Node accepts one in a turn of its event loop, and one that finds no place tries again
 * after 1, 3 and 7 seconds. Linux keeps to the lower of this and `net.core.somaxconn`, which is 4,096 by default. Sixteen sockets
 * on one port (SO_REUSEPORT) accept sixteen; under overload the turns then last longer, and fewer calls were answered.
 */
const backlog = 4_096;

/** How long connections that are destroyed may take to say that they are closed, in milliseconds. */
const destroyMs = 1_000;

/** Where a port listens, and with which certificates. */
export interface PortAddress extends PortIdentity {
  readonly host: string;
  readonly port: number;
  /** Whether Node reads both versions of HTTP. Default: only requests of HTTP/1.1 that are not usual, see `createUsualHttp1`. */
  readonly isStock?: boolean;
}

/** Opens the port. Rejects where it cannot be bound. `onConnection` hears of each connection that was accepted. */
export async function openPort(
  address: PortAddress,
  listener: PortListener,
  limits: PortLimits = defaultPortLimits,
  onConnection: () => void = () => {},
): Promise<OnePort> {
  const sockets = new Set<Socket>();
  /** The same once TLS is agreed. */
  const secureSockets = new Set<Socket>();
  let stale = new WeakSet<object>();
  const listenOn: PortListener = (request, response) => {
    if (request.httpVersionMajor === 1 && stale.has(request.socket)) response.setHeader("connection", "close");
    listener(request, response);
  };
  // What is not used is not loaded: HTTP/2 of Node's own takes a while.
  const createServers = address.isStock ? (await import("./stock-servers.js")).createStockServers : createOwnServers;
  const servers = createServers(address, listenOn, limits);
  const { server, http2 } = servers;
  let { clientCrl } = address;
  server.maxConnections = limits.maxConnections;
  server.on("secureConnection", (socket: Socket) => {
    secureSockets.add(socket);
    socket.once("close", () => secureSockets.delete(socket));
  });
  server.on("connection", (socket) => {
    onConnection();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address.host, port: address.port, backlog }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // Twice, as RFC 9113, section 6.8 has it: to close at once would refuse the streams that are on their way.
  const sendAway = async () => {
    const leaving = [...http2];
    for (const peer of leaving) peer.sayGoAway();
    await new Promise((resolve) => setTimeout(resolve, limits.noticeMs));
    for (const peer of leaving) peer.leave();
  };
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : address.port,
    connections: () => sockets.size,
    setCertificate(tls, nextCrl) {
      servers.setCertificate(tls, nextCrl);
      if (nextCrl === clientCrl) return;
      clientCrl = nextCrl;
      stale = new WeakSet(secureSockets);
      void sendAway();
      servers.closeIdleHttp1();
    },
    async stopAccepting() {
      // That of a server with TLS would first close what is idle, and no longer look at the limits of time.
      NetServer.prototype.close.call(server);
      if (sockets.size === 0) return;
      await sendAway();
      // Those as well that began meanwhile, on connections that were open.
      for (const peer of [...http2]) peer.leave();
      servers.closeIdleHttp1();
    },
    async destroy() {
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      server.close();
      servers.stop();
      for (const peer of [...http2]) peer.destroy();
      for (const socket of sockets) socket.destroy();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, destroyMs);
      });
      await Promise.race([Promise.all(closed), limit]);
      clearTimeout(timer);
    },
  };
}
