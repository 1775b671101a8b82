import type { IncomingHttpHeaders } from "node:http2";
import type { HeaderField } from "./header-table.js";

/** What is wrong with some headers: HTTP has none such, or they are more than a request may have. */
export type FieldsFailure = "malformed" | "too_large";

/**
 * Collects the headers of a request, or its trailers, with the rules of HTTP for them. What is wrong is kept until the end: what a
 * connection's table makes of the rest of a block has to be known in any case.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8
 */
export class RequestFields {
  // No prototype: a header may have the name of one of its properties.
  readonly headers: IncomingHttpHeaders = Object.create(null);
  failure: FieldsFailure | undefined;
  readonly #isTrailers: boolean;
  #leftBytes: number;
  #hasRegular = false;

  /** @param maxBytes of all names and values together */
  constructor(maxBytes: number, isTrailers: boolean) {
    this.#leftBytes = maxBytes;
    this.#isTrailers = isTrailers;
  }

  /** Takes the next one. */
  take({ name, value, isValid }: HeaderField): void {
    if (this.failure !== undefined) return;
    this.#leftBytes -= name.length + value.length;
    if (this.#leftBytes < 0) this.failure = "too_large";
    else if (!isValid || !this.#isInPlace(name) || !isAllowed(name, value)) this.failure = "malformed";
    else this.#add(name, value);
  }

  /** To be called after the last one. The failure is that of all of them. */
  end(): FieldsFailure | undefined {
    if (this.failure === undefined && !this.#isTrailers && !isRequest(this.headers)) this.failure = "malformed";
    return this.failure;
  }

  /** Those of the protocol itself come first, each once, and are none but these (RFC 9113, section 8.3). */
  #isInPlace(name: string): boolean {
    if (name.charCodeAt(0) !== colon) {
      this.#hasRegular = true;
      return true;
    }
    if (this.#hasRegular || this.#isTrailers || this.headers[name] !== undefined) return false;
    return name === ":method" || name === ":path" || name === ":scheme" || name === ":authority";
  }

  /** One that comes again is added to what it was, unless it can mean only one thing, as Node has it of HTTP/1.1. */
  #add(name: string, value: string): void {
    const { headers } = this;
    const before = headers[name];
    if (before === undefined) headers[name] = name === "set-cookie" ? [value] : value;
    else if (typeof before !== "string") before.push(value);
    else if (onlyOnce.has(name)) this.failure = "malformed";
    else if (!firstCounts.has(name)) headers[name] = `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
}

const colon = ":".charCodeAt(0);

/** Whether HTTP/2 has it: what is about a connection it says in frames (RFC 9113, section 8.2.2). */
function isAllowed(name: string, value: string): boolean {
  if (ofConnections.has(name)) return name === "te" && value === "trailers";
  return name !== "content-length" || /^\d{1,15}$/.test(value);
}

const ofConnections = new Set(["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"]);

/** Two of them are two bodies, or two servers. */
const onlyOnce = new Set(["content-length", "host"]);

const firstCounts = new Set([
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-location",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "from",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "user-agent",
]);

/** Whether they say all that a request has to (RFC 9113, section 8.3.1). */
function isRequest(headers: IncomingHttpHeaders): boolean {
  const { ":method": method, ":path": path, ":scheme": scheme, ":authority": authority } = headers;
  if (method === "CONNECT") return path === undefined && scheme === undefined && authority !== undefined;
  if (method === undefined || method === "" || scheme === undefined || scheme === "" || path === undefined)
    return false;
  return (path.startsWith("/") || (path === "*" && method === "OPTIONS")) && (authority ?? headers.host) !== undefined;
}
