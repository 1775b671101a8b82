import { createServer as createHttpServer, Server as HttpServer } from "node:http";
import {
  constants,
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createNetServer, Server as NetServer, type Socket } from "node:net";
import type { TlsConfig } from "@meridian/config";
import { guardRequests, guardStreams, type Http1Listener, type StreamListener } from "./guard-requests.js";
import { Http1Response } from "./http1-response.js";
import type { HttpRequest, HttpResponse } from "./respond.js";
import { createSessionWatch } from "./session-watch.js";
import { createUsualHttp1, type UsualHttp1Options } from "./usual-connection.js";

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

/** What a peer may take of the port. */
export interface PortLimits {
  /** How long it may take to say its first bytes, in milliseconds. */
  readonly firstByteMs: number;
  /** How long the headers of an HTTP/1.1 request may take to come, in milliseconds. */
  readonly headersMs: number;
  /** How long a whole HTTP/1.1 request may take to come, in milliseconds. */
  readonly requestMs: number;
  /** How often the two are looked at, in milliseconds. */
  readonly checkIntervalMs: number;
  /** How long an HTTP/1.1 connection may be idle, in milliseconds. */
  readonly keepAliveMs: number;
  /** How long an HTTP/2 connection may have no stream, in milliseconds. */
  readonly idleSessionMs: number;
  /** How long calls are still taken on open connections once no more are accepted, in milliseconds. */
  readonly noticeMs: number;
  /** Of one request, in bytes. */
  readonly maxHeaderBytes: number;
  /** At once; one more is closed as it is accepted. */
  readonly maxConnections: number;
  /** Of one HTTP/2 connection, at once; one more is refused (REFUSED_STREAM), which clients may retry. */
  readonly maxStreamsPerConnection: number;
}

/** The limits of a port unless told otherwise. */
export const defaultPortLimits: PortLimits = {
  firstByteMs: 10_000,
  headersMs: 10_000,
  requestMs: 60_000,
  checkIntervalMs: 5_000,
  // Longer than the 60 s after which load balancers close idle connections, so that it is they who do.
  keepAliveMs: 75_000,
  idleSessionMs: 600_000,
  // Much longer than a request is on its way.
  noticeMs: 500,
  maxHeaderBytes: 16_384,
  maxConnections: 10_000,
  maxStreamsPerConnection: 1_024,
};

/**
 * How many streams of a connection may be reset at once, and in a second from then on, by either side (CVE-2023-44487,
 * CVE-2025-8671). Node's own 1,000 and 33 would cut off a service that hedges: 2,000 calls a second on one connection, of
 * which it cancels every fifth, are 400. Far more than that can be read in a second, so that a flood ends at once: a stream
 * that is reset before it has begun costs little, see `guardRequests`.
 */
const [streamResetBurst, streamResetRate] = [4_096, 1_000] as const;

/**
 * What the streams of a connection may send together before they hear of us again (RFC 9113, section 6.9); what each may have
 * unread is another limit. The 64 KiB that a connection begins with are a few long prompts or a hundred short ones: far away, or while
 * the process pauses, the bodies of all other calls wait, and a call that is refused before its own has come has to be reset.
 */
const sessionWindowBytes = 1_048_576;

function http2OptionsFrom({ maxHeaderBytes, maxStreamsPerConnection }: PortLimits) {
  return {
    settings: { maxConcurrentStreams: maxStreamsPerConnection, maxHeaderListSize: maxHeaderBytes },
    // In megabytes, for one connection: what a thousand slow streams may have pending.
    maxSessionMemory: 64,
    streamResetBurst,
    streamResetRate,
  };
}

function http1OptionsFrom({ headersMs, requestMs, checkIntervalMs, keepAliveMs, maxHeaderBytes }: PortLimits) {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkIntervalMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
  };
}

/**
 * Connections that wait to be accepted: Node accepts one in a turn of its event loop, and one that finds no place tries again
 * after 1, 3 and 7 seconds. Linux keeps to the lower of this and `net.core.somaxconn`, which is 4,096 by default. Sixteen sockets
 * on one port (SO_REUSEPORT) accept sixteen; under overload the turns then last longer, and fewer calls were answered.
 */
const backlog = 4_096;

/** The highest that there is: no stream is refused yet. */
const lastStreamId = 2 ** 31 - 1;

/** How long connections that are destroyed may take to say that they are closed, in milliseconds. */
const destroyMs = 1_000;

/** Where a port listens, and with which certificates. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined: clear text. */
  readonly tls: TlsConfig | undefined;
  /** Whether Node's parser gets usual requests of HTTP/1.1, too, see `createUsualHttp1`. Default: only the others, and those over TLS. */
  readonly isStock?: boolean;
  /** PEM: the authorities of the client certificates that callers are asked for. Default: they are not asked. */
  readonly clientCa?: string | undefined;
  /** PEM: which of their certificates are revoked. Default: none. */
  readonly clientCrl?: string | undefined;
}

/** Opens the port. Rejects where it cannot be bound. */
export async function openPort(
  address: PortAddress,
  listener: (request: HttpRequest, response: HttpResponse) => void,
  limits: PortLimits = defaultPortLimits,
): Promise<OnePort> {
  const sockets = new Set<Socket>();
  /** The same once TLS is agreed. */
  const secureSockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const watch = createSessionWatch(limits);
  const onSession = (session: ServerHttp2Session) => {
    if (!session.destroyed) session.setLocalWindowSize(sessionWindowBytes);
    sessions.add(session);
    watch.add(session);
    session.once("close", () => sessions.delete(session));
    // An error of a connection ends that connection and its streams, and nothing else.
    session.on("error", () => session.destroy());
  };

  let stale = new WeakSet<Socket>();
  const onRequest = guardRequests((request, response) => {
    if (stale.has(request.socket)) response.shouldKeepAlive = false;
    listener(request, new Http1Response(response));
  });
  const listeners = { onRequest, onStream: guardStreams(listener, limits), onSession };
  const { server, closeIdleHttp1, http1, setCertificate } =
    address.tls === undefined
      ? clearText(listeners, limits, address.isStock === true ? undefined : listener)
      : secure({ ...address, tls: address.tls }, listeners, limits);
  let { clientCrl } = address;
  server.maxConnections = limits.maxConnections;
  server.on("secureConnection", (socket: Socket) => {
    secureSockets.add(socket);
    socket.once("close", () => secureSockets.delete(socket));
  });
  server.on("connection", (socket) => {
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
    const leaving = [...sessions];
    for (const session of leaving) if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, lastStreamId);
    await new Promise((resolve) => setTimeout(resolve, limits.noticeMs));
    for (const session of leaving) session.close();
  };
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : address.port,
    connections: () => sockets.size,
    setCertificate(tls, nextCrl) {
      setCertificate(tls, nextCrl);
      if (nextCrl === clientCrl) return;
      clientCrl = nextCrl;
      stale = new WeakSet(secureSockets);
      void sendAway();
      closeIdleHttp1();
    },
    async stopAccepting() {
      // That of a server with TLS would first close what is idle, and no longer look at the limits of time.
      NetServer.prototype.close.call(server);
      if (sockets.size === 0) return;
      await sendAway();
      // Those as well that began meanwhile, on connections that were open.
      for (const session of sessions) session.close();
      closeIdleHttp1();
    },
    async destroy() {
      watch.stop();
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      server.close();
      http1.close();
      for (const session of sessions) session.destroy();
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

interface Servers {
  readonly server: NetServer;
  /** The one that has the connections of HTTP/1.1. */
  readonly http1: HttpServer | Http2SecureServer;
  /** Closes the connections of HTTP/1.1 that answer nothing. */
  readonly closeIdleHttp1: () => void;
  readonly setCertificate: (tls: TlsConfig, clientCrl: string | undefined) => void;
}

interface Listeners {
  readonly onRequest: Http1Listener;
  readonly onStream: StreamListener;
  readonly onSession: (session: ServerHttp2Session) => void;
}

function secure(
  { tls: { certificate, key }, clientCa, clientCrl }: PortAddress & { readonly tls: TlsConfig },
  { onRequest, onStream, onSession }: Listeners,
  limits: PortLimits,
): Servers {
  // Who has no certificate, or one that does not count, gets in here: the door refuses it in its own protocol.
  const clientOptions =
    clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clientCa, crl: clientCrl };
  const tlsOptions = { cert: certificate, key: key.reveal(), handshakeTimeout: limits.firstByteMs, ...clientOptions };
  const server = createSecureServer({ ...http2OptionsFrom(limits), ...tlsOptions, allowHTTP1: true });
  // With the listener of requests Node would make requests of streams, too.
  server.on("request", onRequest).removeAllListeners("stream");
  server.on("stream", onStream);
  // Node 20 does not take them as options of this server, but looks at its properties, from "listening" on.
  Object.assign(server, http1OptionsFrom(limits));
  server.on("session", onSession);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  // The authorities of clients stay what they were.
  const setCertificate = (tls: TlsConfig, crl: string | undefined) =>
    server.setSecureContext({ cert: tls.certificate, key: tls.key.reveal(), ca: clientCa, crl });
  const closeIdleHttp1 = () => HttpServer.prototype.closeIdleConnections.call(server);
  return { server, http1: server, closeIdleHttp1, setCertificate };
}

/**
 * Without TLS there is no ALPN: the first bytes tell the protocol. "PRI" begins the preface of HTTP/2 (RFC 9113, section
 * 3.4) and no request of HTTP/1.1.
 */
function clearText(
  { onRequest, onStream, onSession }: Listeners,
  limits: PortLimits,
  usualListener: UsualHttp1Options["listener"] | undefined,
): Servers {
  const http1 = createHttpServer(http1OptionsFrom(limits), onRequest);
  // A server that does not listen itself watches its limits of time only once it believes that it does.
  http1.emit("listening");
  const http2 = createHttp2Server(http2OptionsFrom(limits));
  http2.on("session", onSession).on("stream", onStream);
  const takeOver = (socket: Socket, bytes: Buffer) => {
    socket.pause();
    socket.unshift(bytes);
    http1.emit("connection", socket);
    socket.resume();
  };
  const usualHttp1 = usualListener && createUsualHttp1({ ...limits, listener: usualListener, takeOver });
  const beginHttp1 = usualHttp1?.add ?? takeOver;

  // An HTTP/1.1 caller that closes its half gets what is answered at once. Where the answer takes longer, Node takes the
  // caller for gone, and so do we: a caller that has really gone looks the same until something is written to it.
  const server = createNetServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    let head: Buffer = Buffer.alloc(0);
    const onEnd = () => socket.destroy();
    const onError = () => socket.destroy();
    const onTimeout = () => socket.destroy();
    const onData = (chunk: Buffer) => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (head.length < preface.length && preface.subarray(0, head.length).equals(head)) return;
      socket.off("data", onData).off("error", onError).off("timeout", onTimeout).off("end", onEnd);
      socket.setTimeout(0);
      if (head.subarray(0, preface.length).equals(preface)) {
        socket.pause();
        socket.unshift(head);
        // An HTTP/2 peer that closes its half is gone.
        socket.allowHalfOpen = false;
        // HTTP/2 reads what is buffered itself, and the socket's handle after that: nothing may flow before.
        http2.emit("connection", socket);
      } else beginHttp1(socket, head);
    };
    socket.setTimeout(limits.firstByteMs);
    socket.on("data", onData).on("error", onError).on("timeout", onTimeout).on("end", onEnd);
  });
  const closeIdleHttp1 = () => {
    http1.closeIdleConnections();
    usualHttp1?.closeIdle();
  };
  return { server, http1, closeIdleHttp1, setCertificate() {} };
}

const preface = Buffer.from("PRI");
