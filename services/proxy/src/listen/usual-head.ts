import type { IncomingHttpHeaders } from "node:http";

/** The head of a request that is as most are. */
export interface UsualHead {
  readonly method: "POST";
  /** The request's target: a path, with its query. */
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** How many bytes the head takes, with the empty line at its end. */
  readonly headBytes: number;
  /** How many bytes of a body follow; "chunked": its chunks tell. */
  readonly bodyBytes: number | "chunked";
}

/**
 * The head of the request that some bytes of HTTP/1.1 begin with, where it is whole and leaves nothing to interpret: a POST of a
 * path, each header once, and a body in one of its two forms. Undefined of everything else that there is, right or wrong: a parser of all of HTTP/1.1 has to
 * tell. What two parsers may read in two ways, and so one request as two, is never taken here (RFC 9112, sections 2.2, 5.1, 5.2 and 6.3).
 */
export function usualHeadOf(bytes: Buffer, maxHeadBytes: number): UsualHead | undefined {
  const limit = Math.min(bytes.byteLength, maxHeadBytes);
  if (!isAt(bytes, 0, method)) return undefined;
  const urlEnd = endOfVisible(bytes, targetAt, limit);
  if (!isAt(bytes, urlEnd, version)) return undefined;
  const url = bytes.toString("latin1", targetAt, urlEnd);
  const headers: Record<string, string> = {};
  let count = 0;
  let at = urlEnd + version.length;
  while (at < limit && bytes[at] !== carriageReturn) {
    const colon = endOfVisible(bytes, at, limit, colonSign);
    const lineEnd = endOfText(bytes, colon, limit);
    if (bytes[colon] !== colonSign || !isAt(bytes, lineEnd, lineBreak)) return undefined;
    const name = usualName(bytes, at, colon);
    count += 1;
    if (name === undefined || headers[name] !== undefined || count > maxHeaders) return undefined;
    headers[name] = valueIn(bytes, colon + 1, lineEnd);
    at = lineEnd + lineBreak.length;
  }
  const headBytes = at + lineBreak.length;
  if (headBytes > limit || !isAt(bytes, at, lineBreak)) return undefined;
  const { connection, host } = headers;
  if (host === undefined) return undefined;
  if (connection !== undefined && connection !== "keep-alive" && connection !== "Keep-Alive") return undefined;
  const bodyBytes = bodyBytesOf(headers);
  return bodyBytes === undefined ? undefined : { method: "POST", url, headers, headBytes, bodyBytes };
}

/** Undefined where there is not one form, and only one. */
function bodyBytesOf(headers: Readonly<Record<string, string>>): number | "chunked" | undefined {
  const { "content-length": length, "transfer-encoding": encoding } = headers;
  if (encoding !== undefined) return encoding === "chunked" && length === undefined ? "chunked" : undefined;
  return length !== undefined && digits.test(length) ? Number(length) : undefined;
}

// Byte by byte: to make a text of the head, and have patterns look at that, took 1.7 times as long.

const method = Buffer.from("POST /");
const targetAt = method.length - 1;
const version = Buffer.from(" HTTP/1.1\r\n");
const lineBreak = Buffer.from("\r\n");
const [carriageReturn, colonSign] = [0x0d, 0x3a];

/** Whether these are the bytes at a place. */
function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** Where what targets and names are made of ends, "!" to "~", or a sign stands that is to end it. */
function endOfVisible(bytes: Buffer, from: number, limit: number, endSign?: number): number {
  let at = from;
  for (; at < limit; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x21 || byte > 0x7e || byte === endSign) break;
  }
  return at;
}

/** Where what a line is made of ends: all but control characters. */
function endOfText(bytes: Buffer, from: number, limit: number): number {
  let at = from;
  for (; at < limit; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x7f || (byte < 0x20 && byte !== tab)) break;
  }
  return at;
}

/** A name as it was spelt, and in lower case. */
interface SeenName {
  readonly spelt: Buffer;
  readonly name: string;
}

/** The names that were seen, by their lengths: there are few, and each is as many letters to look at again. */
const seenNames: SeenName[][] = [];
let seenCount = 0;
const maxSeenNames = 128;
const maxSeenBytes = 64;

/** Of one request. */
const maxHeaders = 100;

/** The name of a header in lower case; undefined where it is none that is usual. */
function usualName(bytes: Buffer, from: number, to: number): string | undefined {
  const length = to - from;
  const seen = length > maxSeenBytes ? undefined : seenNames[length];
  if (seen !== undefined) for (const { spelt, name } of seen) if (isAt(bytes, from, spelt)) return name;
  const name = bytes.toString("latin1", from, to).toLowerCase();
  if (!token.test(name) || unusualNames.has(name)) return undefined;
  if (length <= maxSeenBytes) noteName({ spelt: Buffer.copyBytesFrom(bytes, from, length), name });
  return name;
}

function noteName(seen: SeenName): void {
  // Callers may make up as many as they like.
  if (seenCount >= maxSeenNames) {
    seenNames.length = 0;
    seenCount = 0;
  }
  seenCount += 1;
  const { length } = seen.spelt;
  const others = seenNames[length];
  if (others === undefined) seenNames[length] = [seen];
  else others.push(seen);
}

/** A header's name (RFC 9110, section 5.6.2), in lower case; what objects have by themselves is none. */
const token = /^[!#$%&'*+.^`|~0-9a-z-][!#$%&'*+.^_`|~0-9a-z-]*$/;

/** What tells of more than a body, or that the connection is to change. */
const unusualNames = new Set(["expect", "upgrade", "trailer", "proxy-connection"]);

/** A length that is no longer than any that may be. */
const digits = /^\d{1,9}$/;

const [space, tab] = [0x20, 0x09];

/** The text of some bytes without the blanks around it. */
function valueIn(bytes: Buffer, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return bytes.toString("latin1", start, end);
}

function isBlank(code: number | undefined): boolean {
  return code === space || code === tab;
}
