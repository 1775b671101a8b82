import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** The port of the simulator. */
export interface Listener {
  readonly address: AddressInfo;
  openSockets(): number;
  /**
   * Stops listening, so that connections are refused, or listens again on the same port. Connections without an answer
   * under way are closed at once, the others after it. Rejects where the port was taken meanwhile.
   */
  setRefusing(refuse: boolean): Promise<void>;
  /** Stops listening and breaks every connection. Resolves when nothing is open. */
  close(): Promise<void>;
}

// Another process may hold the port for a moment, as the near end of a connection of its own.
const maxListenTries = 40;
const listenRetryMs = 25;
// As load balancers have it: well above the idle limits of clients, so that the client closes first.
const defaultKeepAliveMs = 75_000;

/**
 * Listens. Rejects with the error of the socket, as where the port is taken.
 *
 * @param keepAliveMs how long a connection may lie idle; clients are told (`Keep-Alive: timeout=`).
 */
export async function openListener(
  port: number,
  host: string,
  keepAliveMs: number | undefined,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const answersOf = new Map<Socket, number>();
  let isRefusing = false;
  let isClosed = false;
  const server = createServer({ keepAliveTimeout: keepAliveMs ?? defaultKeepAliveMs });
  server.on("connection", (socket: Socket) => {
    answersOf.set(socket, 0);
    socket.once("close", () => answersOf.delete(socket));
  });
  server.on("request", (request, response) => {
    const { socket } = request;
    answersOf.set(socket, (answersOf.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (answersOf.get(socket) ?? 1) - 1;
      if (answersOf.has(socket)) {
        answersOf.set(socket, left);
      }
      if (isRefusing && left === 0) {
        socket.destroySoon();
      }
    });
    handle(request, response);
  });

  const listen = (chosenPort: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: chosenPort, host }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(port);
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("The simulator listens on no port.");
  }

  const listenAgain = async () => {
    for (let tries = 1; isWanted(); tries++) {
      try {
        await listen(address.port);
        return;
      } catch (error) {
        if (tries === maxListenTries) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, listenRetryMs));
      }
    }
  };
  const isWanted = () => !isRefusing && !isClosed && !server.listening;
  const stopListening = () => {
    if (server.listening) {
      server.close();
    }
    for (const [socket, answers] of answersOf) {
      if (answers === 0) {
        socket.destroy();
      }
    }
  };
  let settled: Promise<void> = Promise.resolve();
  let pending = 0;
  const settle = async () => (isRefusing || isClosed ? stopListening() : listenAgain());
  const settleInTurn = () => {
    // The first of a row begins at once: the port refuses as soon as it is told to.
    const turn = pending === 0 ? settle() : settled.then(settle, settle);
    pending++;
    settled = turn.finally(() => pending--);
    return settled;
  };

  return {
    address,
    openSockets: () => answersOf.size,
    setRefusing(refuse) {
      isRefusing = refuse;
      return settleInTurn();
    },
    async close() {
      isClosed = true;
      const closed = [...answersOf.keys()].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      await settleInTurn();
      for (const socket of answersOf.keys()) {
        socket.destroy();
      }
      await Promise.all(closed);
    },
  };
}
