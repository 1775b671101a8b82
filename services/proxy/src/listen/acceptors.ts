import cluster from "node:cluster";
import { once } from "node:events";
import { type AddressInfo, type ListenOptions, Server, type ServerOpts, type Socket } from "node:net";

/** Listening sockets of one port: of each, Node accepts one connection in a turn of the event loop, and no more. */
const acceptorCount = 16;

/** Connections that may wait to be accepted, at each of them. Linux keeps to the lower of this and `net.core.somaxconn`. */
const backlog = 1_024;

/** What accepts the connections of a port. */
export interface Acceptors {
  /** The port that was bound. */
  readonly port: number;
  /** Accepts no more. Connections that are open stay open. */
  close(): void;
}

/**
 * Listens on a port with as many sockets as it takes to accept connections as they come. With one, a process whose turns last
 * ten milliseconds accepts a hundred connections in a second: callers that come in thousands wait for seconds before anybody
 * hears them. Only Linux shares out the connections of a port in this way, since Node 23.1; elsewhere, and in a worker, whose
 * connections another process accepts, there is one.
 *
 * @throws where the port cannot be bound
 * @see https://man7.org/linux/man-pages/man7/socket.7.html SO_REUSEPORT
 */
export async function openAcceptors(
  address: { readonly host: string; readonly port: number },
  options: ServerOpts,
  onConnection: (socket: Socket) => void,
): Promise<Acceptors> {
  const acceptors: Server[] = [];
  const open = async (where: ListenOptions) => {
    const acceptor = new Server(options, onConnection);
    const bound = await listen(acceptor, { ...where, backlog });
    acceptors.push(acceptor);
    return bound;
  };
  const close = () => {
    for (const acceptor of acceptors) acceptor.close();
  };
  if (cluster.isWorker || process.platform !== "linux") return { port: (await open(address)).port, close };
  const shared = { ...(await freeAddress(address)), reusePort: true };
  await open(shared);
  try {
    while (acceptors.length < acceptorCount) await open(shared);
  } catch (error) {
    // Before 23.1 Node does not know the option, so that the first has the port for itself.
    if (acceptors.length === 1 && isPortTaken(error)) return { port: shared.port, close };
    close();
    throw error;
  }
  return { port: shared.port, close };
}

/** The address as numbers, once nobody else has the port: those who share a port do not notice one another. */
async function freeAddress(address: { readonly host: string; readonly port: number }) {
  const probe = new Server();
  const { address: host, port } = await listen(probe, address);
  const closed = once(probe, "close");
  probe.close();
  await closed;
  return { host, port };
}

function listen(server: Server, options: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      const bound = server.address();
      if (typeof bound === "object" && bound !== null) resolve(bound);
      else reject(new Error("no address was bound"));
    });
  });
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
