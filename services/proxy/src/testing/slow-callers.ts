import type { OpenSocket } from "./open-socket.js";

/** Callers of HTTP/1.1 that never come to an end. */
export const slowCallers = [
  { name: "headers", bytes: "POST / HTTP/1.1\r\nHost: a\r\n", drop: "X: y\r\n" },
  { name: "a body", bytes: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", drop: "x" },
];

/** What such a caller gets, once its connection is closed. */
export async function textForDrops(
  { socket, text }: OpenSocket,
  { bytes, drop }: (typeof slowCallers)[number],
): Promise<string> {
  socket.write(bytes);
  const drip = setInterval(() => socket.write(drop), 10);
  const received = await text;
  clearInterval(drip);
  return received;
}
