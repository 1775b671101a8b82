import { connect, type Socket } from "node:net";

/** A connection, and what comes on it. */
export interface OpenSocket {
  readonly socket: Socket;
  /** All that came, once the connection is closed. */
  readonly text: Promise<string>;
}

/** Opens a connection that may be closed by halves. */
export function openSocket(port: number): OpenSocket {
  return readSocket(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
}

/** Reads a connection to its end. An error ends it, too. */
export function readSocket(socket: Socket): OpenSocket {
  const chunks: Buffer[] = [];
  const text = new Promise<string>((resolve) => {
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {}).on("end", () => socket.end());
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
  return { socket, text };
}
