import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A relay whose streams go on as long as they are read. It costs next to nothing, so that many fit in a test. */
export interface EndlessRelay {
  readonly baseUrl: string;
  /** What all streams together have sent, in bytes. */
  sentBytes(): number;
  /** Connections that are open. */
  sockets(): number;
  close(): Promise<void>;
}

/** How much of a stream is written at a time, in bytes. */
const writeBytes = 64 * 1024;

/** Starts a relay whose every delta has `deltaLength` characters, and whose streams end after `streamBytes`. */
export async function startEndlessRelay(deltaLength: number, streamBytes: number): Promise<EndlessRelay> {
  const chunk = { id: "c-1", object: "chat.completion.chunk", created: 1, model: "m" };
  const delta = { index: 0, delta: { content: "x".repeat(deltaLength) }, finish_reason: null };
  const event = `data: ${JSON.stringify({ ...chunk, choices: [delta] })}\n\n`;
  const events = Buffer.from(event.repeat(Math.max(1, Math.floor(writeBytes / event.length))));
  let sentBytes = 0;
  const stream = async (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let at = 0; at < streamBytes && !response.destroyed; at += events.byteLength) {
      sentBytes += events.byteLength;
      // A stream that is left while it waits is left waiting, and collected with it.
      if (!response.write(events)) await once(response, "drain");
    }
    response.end();
  };
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "POST") void stream(response);
    else response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
  });
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    sentBytes: () => sentBytes,
    sockets: () => open.size,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
