import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a service that can go dead. */
export interface Forwarder {
  readonly baseUrl: string;
  /** How many connections have been opened so far. */
  connectionCount(): number;
  /** Stops reading what comes on the connections that are open, as where the other end is gone and nobody has said so. */
  freeze(): void;
  /** Resets the connections that were frozen. */
  reset(): void;
  /** Stops listening and waits until every connection is closed. */
  close(): Promise<void>;
}

/** Forwards connections to a service, on a free port of 127.0.0.1. */
export async function startForwarder(targetUrl: string): Promise<Forwarder> {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const frozen = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    const target = connect(Number(port), hostname);
    socket.pipe(target).pipe(socket);
    for (const end of [socket, target]) end.on("error", () => {});
    target.once("close", () => socket.destroy());
    socket.once("close", () => {
      sockets.delete(socket);
      target.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}`,
    connectionCount: () => connections,
    freeze() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
        frozen.add(socket);
      }
    },
    reset() {
      for (const socket of frozen) socket.resetAndDestroy();
      frozen.clear();
    },
    close: () =>
      new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the forwarder has no port");
  return address.port;
}
