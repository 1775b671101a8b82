import { createServer as createHttpServer, Server as HttpServer } from "node:http";
import { constants, createServer as createHttp2Server, createSecureServer, type ServerHttp2Session } from "node:http2";
import { createServer as createNetServer, type Socket } from "node:net";
import type { TlsConfig } from "@meridian/config";
import { guardRequests } from "./guard-requests.js";
import { guardStreams } from "./guard-streams.js";
import { Http1Response } from "./http1-response.js";
import { connectionWindowBytes } from "./http2/protocol.js";
import { http1OptionsFrom, type PortLimits } from "./port-limits.js";
import {
  giveToHttp1,
  type Http2Peer,
  type PortIdentity,
  type PortListener,
  type PortServers,
  secureContextFrom,
  tlsOptionsFrom,
} from "./port-servers.js";
import { createSessionWatch } from "./session-watch.js";
import { tellProtocol } from "./tell-protocol.js";

/**
 * How many streams of a connection may be reset at once, and in a second from then on, by either side (CVE-2023-44487,
 * CVE-2025-8671). Node's own 1,000 and 33 would cut off a service that hedges: 2,000 calls a second on one connection, of
 * which it cancels every fifth, are 400. Far more than that can be read in a second, so that a flood ends at once: a stream
 * that is reset before it has begun costs little, see `guardRequests`.
 */
const [streamResetBurst, streamResetRate] = [4_096, 1_000] as const;

function http2OptionsFrom({ maxHeaderBytes, maxStreamsPerConnection }: PortLimits) {
  return {
    settings: { maxConcurrentStreams: maxStreamsPerConnection, maxHeaderListSize: maxHeaderBytes },
    // In megabytes, for one connection: what a thousand slow streams may have pending.
    maxSessionMemory: 64,
    streamResetBurst,
    streamResetRate,
  };
}

/** The highest that there is: no stream is refused yet. */
const lastStreamId = 2 ** 31 - 1;

/** Creates what has Node read both versions of HTTP: what our own readers are measured by, and a way around them. */
export function createStockServers(identity: PortIdentity, listener: PortListener, limits: PortLimits): PortServers {
  const http2Peers = new Set<Http2Peer>();
  const watch = createSessionWatch(limits);
  const onSession = (session: ServerHttp2Session) => {
    if (!session.destroyed) session.setLocalWindowSize(connectionWindowBytes);
    const peer = peerOf(session);
    http2Peers.add(peer);
    watch.add(session);
    session.once("close", () => http2Peers.delete(peer));
    // An error of a connection ends that connection and its streams, and nothing else.
    session.on("error", () => session.destroy());
  };
  const onRequest = guardRequests((request, response) => listener(request, new Http1Response(response)));
  const onStream = guardStreams(listener, limits);
  const { firstByteMs } = limits;

  if (identity.tls === undefined) {
    const http1 = createHttpServer(http1OptionsFrom(limits), onRequest);
    // A server that does not listen itself watches its limits of time only once it believes that it does.
    http1.emit("listening");
    const http2 = createHttp2Server(http2OptionsFrom(limits));
    http2.on("session", onSession).on("stream", onStream);
    const beginHttp1 = (socket: Socket, bytes: Buffer) => giveToHttp1(http1, socket, bytes);
    const beginHttp2 = (socket: Socket, bytes: Buffer) => {
      socket.pause();
      socket.unshift(bytes);
      // An HTTP/2 peer that closes its half is gone.
      socket.allowHalfOpen = false;
      // HTTP/2 reads what is buffered itself, and the socket's handle after that: nothing may flow before.
      http2.emit("connection", socket);
    };
    const server = createNetServer({ noDelay: true, allowHalfOpen: true }, (socket) =>
      tellProtocol(socket, firstByteMs, beginHttp1, beginHttp2),
    );
    return {
      server,
      http2: http2Peers,
      closeIdleHttp1: () => http1.closeIdleConnections(),
      setCertificate() {},
      stop() {
        watch.stop();
        http1.close();
      },
    };
  }
  const server = createSecureServer({
    ...http2OptionsFrom(limits),
    ...tlsOptionsFrom(identity, firstByteMs),
    allowHTTP1: true,
  });
  // With the listener of requests Node would make requests of streams, too.
  server.on("request", onRequest).removeAllListeners("stream");
  server.on("stream", onStream);
  // Node 20 does not take them as options of this server, but looks at its properties, from "listening" on.
  Object.assign(server, http1OptionsFrom(limits));
  server.on("session", onSession);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return {
    server,
    http2: http2Peers,
    closeIdleHttp1: () => HttpServer.prototype.closeIdleConnections.call(server),
    setCertificate: (tls: TlsConfig, crl) => server.setSecureContext(secureContextFrom(tls, identity, crl)),
    stop: () => watch.stop(),
  };
}

function peerOf(session: ServerHttp2Session): Http2Peer {
  return {
    sayGoAway() {
      if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, lastStreamId);
    },
    leave: () => session.close(),
    destroy: () => session.destroy(),
  };
}
