import { once } from "node:events";
import type { Server } from "node:net";

/** Opens a server on a free port of the loopback. Resolves to its origin, such as "http://127.0.0.1:1234". */
export async function listenLocally(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
  return `http://127.0.0.1:${address.port}`;
}
