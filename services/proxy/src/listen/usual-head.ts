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
  const end = bytes.indexOf(emptyLine);
  if (end === -1 || end + emptyLine.length > maxHeadBytes) return undefined;
  // With the end of the last line.
  const text = bytes.toString("latin1", 0, end + 2);
  if (!wholeLines.test(text)) return undefined;
  const lineEnd = text.indexOf("\r\n");
  if (!text.startsWith("POST /") || !text.startsWith(" HTTP/1.1", lineEnd - 9)) return undefined;
  // Cut from the bytes, as are the values: a part of a text keeps all of it, and what is kept of a request, such as its id, would keep its key.
  const url = bytes.toString("latin1", 5, lineEnd - 9);
  if (!visible.test(url)) return undefined;
  const headers: Record<string, string> = {};
  let count = 0;
  for (let at = lineEnd + 2; at < text.length; ) {
    const next = text.indexOf("\r\n", at);
    const colon = text.indexOf(":", at);
    if (colon === -1 || colon > next) return undefined;
    const name = usualName(text.slice(at, colon));
    count += 1;
    if (name === undefined || headers[name] !== undefined || count > maxHeaders) return undefined;
    headers[name] = valueIn(bytes, colon + 1, next);
    at = next + 2;
  }
  const { connection, host } = headers;
  if (host === undefined) return undefined;
  if (connection !== undefined && connection !== "keep-alive" && connection !== "Keep-Alive") return undefined;
  const bodyBytes = bodyBytesOf(headers);
  return bodyBytes === undefined
    ? undefined
    : { method: "POST", url, headers, headBytes: end + emptyLine.length, bodyBytes };
}

/** Undefined where there is not one form, and only one. */
function bodyBytesOf(headers: Readonly<Record<string, string>>): number | "chunked" | undefined {
  const { "content-length": length, "transfer-encoding": encoding } = headers;
  if (encoding !== undefined) return encoding === "chunked" && length === undefined ? "chunked" : undefined;
  return length !== undefined && digits.test(length) ? Number(length) : undefined;
}

const emptyLine = Buffer.from("\r\n\r\n");

/** Lines without control characters, and without an end that is half of one. */
const wholeLines = /^(?:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/** What a target is made of. */
const visible = /^[!-~]+$/;

/** The names that were seen, as they were spelt: there are few, and each is as many letters to look at again. */
const names = new Map<string, string>();
const maxNames = 128;

/** Of one request. */
const maxHeaders = 100;

/** A header's name in lower case; undefined where it is none that is usual. */
function usualName(spelt: string): string | undefined {
  const known = names.get(spelt);
  if (known !== undefined) return known;
  // Cut out of the request's text, which the map would keep.
  const key = Buffer.from(spelt, "latin1").toString("latin1");
  const name = key.toLowerCase();
  if (!token.test(name) || unusualNames.has(name)) return undefined;
  // Callers may make up as many as they like.
  if (names.size >= maxNames) names.clear();
  names.set(key, name);
  return name;
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
