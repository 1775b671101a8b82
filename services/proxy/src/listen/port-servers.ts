import type { Server as HttpServer } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import type { TlsConfig } from "@meridian/config";
import type { HttpRequest, HttpResponse } from "./respond.js";

/** Answers a request. */
export type PortListener = (request: HttpRequest, response: HttpResponse) => void;

/** How callers are known to a port, and it to them. */
export interface PortIdentity {
  /** Undefined: clear text. */
  readonly tls: TlsConfig | undefined;
  /** PEM: the authorities of the client certificates that callers are asked for. Default: they are not asked. */
  readonly clientCa?: string | undefined;
  /** PEM: which of their certificates are revoked. Default: none. */
  readonly clientCrl?: string | undefined;
}

/** A connection of HTTP/2. */
export interface Http2Peer {
  /** Tells it to open no more streams: those that are on their way are still taken. */
  sayGoAway(): void;
  /** Takes no more streams, and closes with the last one. */
  leave(): void;
  /** Closes it at once. */
  destroy(): void;
}

/** What answers the connections of a port. */
export interface PortServers {
  /** The one that is to listen. */
  readonly server: NetServer;
  /** The connections of HTTP/2 that are open. */
  readonly http2: ReadonlySet<Http2Peer>;
  /** Closes the connections of HTTP/1.1 that answer nothing. */
  closeIdleHttp1(): void;
  /** Shows another certificate from now on. */
  setCertificate(tls: TlsConfig, clientCrl: string | undefined): void;
  /** To be called when no connection is left: ends its timers. */
  stop(): void;
}

/** Gives a connection to a server of Node's for HTTP/1.1, with the bytes that have been read of it. */
export function giveToHttp1(server: HttpServer, socket: Socket, bytes: Buffer): void {
  socket.pause();
  socket.unshift(bytes);
  server.emit("connection", socket);
  socket.resume();
}

/** What TLS needs to know of it. */
export function tlsOptionsFrom({ tls, clientCa, clientCrl }: PortIdentity, handshakeTimeout: number) {
  // Who has no certificate, or one that does not count, gets in here: the door refuses it in its own protocol.
  const clientOptions =
    clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clientCa, crl: clientCrl };
  return { cert: tls?.certificate, key: tls?.key.reveal(), handshakeTimeout, ...clientOptions };
}

/** The same for connections that come from now on. The authorities of clients stay what they were. */
export function secureContextFrom(
  { certificate, key }: TlsConfig,
  { clientCa }: PortIdentity,
  crl: string | undefined,
) {
  return { cert: certificate, key: key.reveal(), ca: clientCa, crl };
}
