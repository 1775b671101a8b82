import type { Socket } from "node:net";
import { buildConnector } from "undici";
import { ConnectionPool, relaysClosed } from "./connection-pool.js";
import type { DispatcherOptions, ExchangeDispatcher, ExchangeHandler, ExchangeMessage } from "./dispatcher.js";
import type { Http1Connection } from "./http1-connection.js";

/**
 * Sends requests over HTTP/1.1, each on a connection of its own from a pool for each origin. Connections are made by undici's connector,
 * with its cache of TLS sessions, and undici itself serves origins that choose HTTP/2. The rest is done here: its parser in
 * WebAssembly and its queues take twice the CPU for the same exchange.
 */
export function createDispatcher(options: DispatcherOptions): ExchangeDispatcher {
  const { connectTimeoutMs: timeout, maxConnections } = options;
  const connections = new WeakMap<Socket, Http1Connection>();
  const pools = new Map<string, ConnectionPool>();
  // One for all: what is read is taken at once. Node would make one of 64 KiB for each read.
  const onread = {
    buffer: Buffer.allocUnsafeSlow(bufferBytes),
    callback(this: Socket, length: number, buffer: Uint8Array): boolean {
      connections.get(this)?.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      return true;
    },
  };
  // The typings of net.connect leave the buffer out, so that an object literal in place would not do.
  const connectorOptions = { timeout, onread };
  const connect = buildConnector(connectorOptions);
  let http2: Promise<ExchangeDispatcher> | undefined;
  let isClosed = false;

  const overHttp2 = (message: ExchangeMessage, handler: ExchangeHandler) => {
    http2 ??= import("./http2-agent.js").then(({ createHttp2Agent }) => createHttp2Agent(options));
    http2.then(
      (agent) => agent.dispatch(message, handler),
      (error: Error) => handler.onResponseError(undefined, error),
    );
  };
  const poolOf = (origin: string) => {
    let pool = pools.get(origin);
    if (pool === undefined) {
      // Of endpoints that another configuration has taken away.
      for (const [other, { isEmpty }] of pools) if (isEmpty) pools.delete(other);
      const connected = (socket: Socket, connection: Http1Connection) => connections.set(socket, connection);
      pool = new ConnectionPool({ origin, connect, maxConnections, connected, overHttp2 });
      pools.set(origin, pool);
    }
    return pool;
  };
  return {
    dispatch(message, handler) {
      if (isClosed) handler.onResponseError(undefined, relaysClosed());
      else poolOf(message.origin).dispatch(message, handler);
    },
    async close() {
      isClosed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await (await http2?.catch(() => undefined))?.close();
    },
  };
}

/** What is read at once, in bytes: of a stream whose caller does not read, that much may be held. */
const bufferBytes = 16_384;
