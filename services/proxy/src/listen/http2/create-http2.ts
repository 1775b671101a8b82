import type { Socket } from "node:net";
import { Http2Connection, type Http2Options } from "./http2-connection.js";

/** How often connections are looked at, in milliseconds. */
const lookMs = 1_000;

/** Connections of HTTP/2. */
export interface Http2 {
  /** Takes a connection that nobody listens to, and the bytes that have been read of it. */
  add(socket: Socket, bytes: Buffer): void;
  /** Those that are open. */
  readonly connections: ReadonlySet<Http2Connection>;
  /** To be called when no connection is left. */
  stop(): void;
}

/**
 * Creates what answers HTTP/2: Node's own takes as long for a call as the rest of the proxy does, in its layers of streams and its
 * way between JavaScript and nghttp2.
 */
export function createHttp2(options: Http2Options): Http2 {
  const connections = new Set<Http2Connection>();
  const timer = setInterval(() => {
    for (const connection of connections) connection.look();
  }, lookMs).unref();
  return {
    add(socket, bytes) {
      const connection = new Http2Connection(socket, options, () => connections.delete(connection));
      connections.add(connection);
      if (bytes.byteLength > 0) connection.read(bytes);
    },
    connections,
    stop: () => clearInterval(timer),
  };
}
