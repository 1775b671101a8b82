import type { Readable } from "node:stream";

/** Calls back with all that a stream held. A stream that breaks off never does: its peer is gone. */
export function readBody(stream: Readable, whenRead: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("end", () => whenRead(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)));
}
