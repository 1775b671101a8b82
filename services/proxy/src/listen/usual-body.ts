import type { UsualHead } from "./usual-head.js";

/** A body, and where the bytes that it came in go on after it. */
export interface UsualBody {
  readonly body: Buffer;
  readonly end: number;
}

/** A body of more is no usual one: they are counted anew whenever more of it has come. */
const maxChunks = 16;

/**
 * The body of a request of which these bytes have come. "unfinished": there is more to come. Undefined: it is none that is usual, and a
 * parser of all of HTTP/1.1 has to tell; so is one in chunks with extensions or trailers (RFC 9112, section 7.1).
 */
export function usualBodyOf(
  bytes: Buffer,
  { headBytes, bodyBytes }: UsualHead,
  maxRequestBytes: number,
): UsualBody | "unfinished" | undefined {
  if (bodyBytes === "chunked") return chunkedBodyOf(bytes, headBytes, maxRequestBytes);
  const end = headBytes + bodyBytes;
  if (end > maxRequestBytes) return undefined;
  return bytes.byteLength < end ? "unfinished" : { body: bytes.subarray(headBytes, end), end };
}

function chunkedBodyOf(bytes: Buffer, start: number, maxRequestBytes: number): UsualBody | "unfinished" | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; chunks.length <= maxChunks; ) {
    const lineEnd = bytes.indexOf(lineBreak, at);
    if (lineEnd === -1) return bytes.byteLength - at > maxSizeDigits + 1 ? undefined : "unfinished";
    const digits = lineEnd - at > maxSizeDigits ? "" : bytes.toString("latin1", at, lineEnd);
    if (!size.test(digits)) return undefined;
    const from = lineEnd + lineBreak.length;
    const to = from + Number.parseInt(digits, 16);
    const next = to + lineBreak.length;
    if (next > maxRequestBytes) return undefined;
    if (bytes.byteLength < next) return "unfinished";
    if (bytes[to] !== lineBreak[0] || bytes[to + 1] !== lineBreak[1]) return undefined;
    const [only] = chunks;
    if (to === from)
      return { body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks), end: next };
    chunks.push(bytes.subarray(from, to));
    at = next;
  }
  return undefined;
}

const lineBreak = Buffer.from("\r\n");
const size = /^[0-9a-f]+$/i;
/** Enough for any size that may be. */
const maxSizeDigits = 5;
