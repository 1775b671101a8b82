import type { Frame } from "./frame-reader.js";
import { flag, protocolError } from "./protocol.js";

/**
 * Where the payload of DATA or HEADERS is without what it was filled up with.
 *
 * @throws ConnectionError where that is more than there is
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6.1
 */
export function unpadded({ flags, bytes, from, to }: Frame): [from: number, to: number] {
  if ((flags & flag.padded) === 0) return [from, to];
  const padding = to > from ? (bytes[from] ?? 0) : 0;
  if (padding >= to - from) throw protocolError("a frame is filled up with more than it has");
  return [from + 1, to - padding];
}
