import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createRawServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, expect } from "vitest";
import { createHttpRelay, type HttpRelay, type RelayOptions } from "../create-relay.js";

/** A server that stands in for a relay. */
export interface TestServer {
  readonly baseUrl: string;
  /** Every connection that was ever made to it. */
  readonly sockets: readonly Socket[];
}

/** Servers and relays of the test that runs. */
export interface RelayHarness {
  relay(options?: Partial<RelayOptions>): HttpRelay;
  /** A server that speaks HTTP. */
  http(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<TestServer>;
  /** A server that speaks whatever it likes. */
  raw(handle: (socket: Socket) => void): Promise<TestServer>;
  /** Waits until no exchange is open and then for every connection to close: hangs where one is left behind. */
  settle(): Promise<void>;
}

const defaults: RelayOptions = {
  connectTimeoutMs: 3000,
  maxConnectionsPerEndpoint: 8,
  maxAnswerBytes: 1024 * 1024,
  maxEventBytes: 256 * 1024,
};

/**
 * The harness of a suite: settles after each test, and fails it where an error was left for nobody to handle. A test may
 * settle before it ends.
 */
export function useRelayHarness(): RelayHarness {
  const harness = createRelayHarness();
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  process.on("uncaughtException", onUnhandled);
  afterEach(async () => {
    await harness.settle();
    expect(unhandled.splice(0)).toEqual([]);
  });
  afterAll(() => {
    process.off("unhandledRejection", onUnhandled);
    process.off("uncaughtException", onUnhandled);
  });
  return harness;
}

function createRelayHarness(): RelayHarness {
  const relays: HttpRelay[] = [];
  const servers: Server[] = [];
  const exchanges: Promise<unknown>[] = [];

  const listen = async (server: Server): Promise<TestServer> => {
    const sockets: Socket[] = [];
    server.on("connection", (socket) => {
      sockets.push(socket);
      // A reset is what some of the tests are about.
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    return { baseUrl: `http://127.0.0.1:${portOf(server)}/v1`, sockets };
  };

  return {
    relay(options) {
      const relay = createHttpRelay({ ...defaults, ...options });
      relays.push(relay);
      return relay;
    },
    http: (handle) =>
      listen(
        createServer((request, response) => {
          exchanges.push(new Promise((resolve) => response.on("close", resolve)));
          handle(request, response);
        }),
      ),
    // A socket that nobody reads does not learn that the other side has closed.
    raw: (handle) => listen(createRawServer((socket) => handle(socket.resume()))),
    async settle() {
      await Promise.all(exchanges.splice(0));
      await Promise.all(relays.splice(0).map((relay) => relay.close()));
      await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
