import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { createDispatcher } from "../http1/create-dispatcher.js";
import type { DispatcherOptions, ExchangeDispatcher } from "../http1/dispatcher.js";

/** A server that stands in for a relay, by what it says on its sockets. */
export interface RawRelay {
  readonly origin: string;
  /** Every connection that was ever made to it. */
  readonly sockets: readonly Socket[];
  /** Hears no more; waits for its connections. */
  close(): Promise<void>;
}

/** A dispatcher with four connections to an origin, which is closed after the test. */
export function dispatcherWith(options: Partial<DispatcherOptions> = {}): ExchangeDispatcher {
  const dispatcher = createDispatcher({ connectTimeoutMs: 3_000, maxConnections: 4, ...options });
  onTestFinished(() => dispatcher.close());
  return dispatcher;
}

/** Starts a server, which is closed after the test, and gives its origin. */
export async function listen(server: Server, scheme = "http", host = "127.0.0.1"): Promise<string> {
  server.listen(0, host === "localhost" ? "127.0.0.1" : host);
  await once(server, "listening");
  onTestFinished(() => closeServer(server));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

/** Starts a server that says what it likes to each request that has come, by its text. */
export async function rawRelay(answer: (request: string, socket: Socket) => void, host?: string): Promise<RawRelay> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => answer(bytes.toString("latin1"), socket));
  });
  return { sockets, origin: await listen(server, "http", host), close: () => closeServer(server) };
}

/** A whole answer. */
export function ok(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

/** Passes a connection on to a port, and what comes back in few pieces: what was written in a moment comes together. */
export function holdTogether(socket: Socket, port: number): void {
  const other = connect(port, "127.0.0.1");
  let held: Buffer[] = [];
  other.on("data", (bytes) => {
    held.push(bytes);
    if (held.length > 1) return;
    setTimeout(() => {
      socket.write(Buffer.concat(held));
      held = [];
    }, 20);
  });
  socket.pipe(other);
  socket.on("error", () => other.destroy()).on("close", () => other.destroy());
  other.on("error", () => socket.destroy()).on("close", () => socket.destroy());
}

/** Waits until the event loop has looked at all sockets since. */
export async function looked(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
