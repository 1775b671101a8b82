import type { Socket } from "node:net";

/** "PRI" begins the preface of HTTP/2 (RFC 9113, section 3.4) and no request of HTTP/1.1. */
const preface = Buffer.from("PRI");

/** What goes on with a connection, with the bytes that have been read of it: nobody listens to it. */
export type BeginConnection = (socket: Socket, bytes: Buffer) => void;

/**
 * Waits for the first bytes of a connection, which tell the protocol where no ALPN does. One that does not say them in time is
 * closed.
 */
export function tellProtocol(socket: Socket, limitMs: number, http1: BeginConnection, http2: BeginConnection): void {
  let head: Buffer = Buffer.alloc(0);
  const close = () => void socket.destroy();
  const onData = (chunk: Buffer) => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < preface.length && preface.subarray(0, head.length).equals(head)) return;
    socket.off("data", onData).off("error", close).off("timeout", close).off("end", close);
    socket.setTimeout(0);
    const begin = head.subarray(0, preface.length).equals(preface) ? http2 : http1;
    begin(socket, head);
  };
  socket.setTimeout(limitMs);
  socket.on("data", onData).on("error", close).on("timeout", close).on("end", close);
}
