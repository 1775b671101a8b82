/** A header as it comes: one character for each octet. */
export interface HeaderField {
  readonly name: string;
  /** Without the spaces around it, as HTTP/1.1 has it: there they are no part of it (RFC 9110, section 5.5). */
  readonly value: string;
  /** Whether HTTP has such names and values. */
  readonly isValid: boolean;
  /** What it takes in a table (RFC 7541, section 4.1). */
  readonly tableBytes: number;
}

/** Makes one of what has come, and looks at it once for all times that it is meant. */
export function headerFieldOf(name: string, value: string): HeaderField {
  const isValid = validName.test(name) && validValue.test(value);
  const tableBytes = name.length + value.length + entryBytes;
  return { name, value: hasOuterSpace.test(value) ? value.trim() : value, isValid, tableBytes };
}

/** What an entry of the table takes beyond its text, in bytes. */
const entryBytes = 32;

/** In lower case; those with a colon are the protocol's own (RFC 9113, section 8.2). */
const validName = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** No control characters but the tab (RFC 9113, section 8.2.1). */
const validValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const hasOuterSpace = /^[\t ]|[\t ]$/;

/** The headers that both sides know from the start, the first of which is number 1. @see https://www.rfc-editor.org/rfc/rfc7541#appendix-A */
export const staticFields: readonly HeaderField[] = [
  ":authority",
  ":method GET",
  ":method POST",
  ":path /",
  ":path /index.html",
  ":scheme http",
  ":scheme https",
  ":status 200",
  ":status 204",
  ":status 206",
  ":status 304",
  ":status 400",
  ":status 404",
  ":status 500",
  "accept-charset",
  "accept-encoding gzip, deflate",
  "accept-language",
  "accept-ranges",
  "accept",
  "access-control-allow-origin",
  "age",
  "allow",
  "authorization",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "cookie",
  "date",
  "etag",
  "expect",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "link",
  "location",
  "max-forwards",
  "proxy-authenticate",
  "proxy-authorization",
  "range",
  "referer",
  "refresh",
  "retry-after",
  "server",
  "set-cookie",
  "strict-transport-security",
  "transfer-encoding",
  "user-agent",
  "vary",
  "via",
  "www-authenticate",
].map((line) => {
  const [name = "", ...value] = line.split(" ");
  return headerFieldOf(name, value.join(" "));
});

/**
 * The headers that a peer can mean by a number: those of the standard, and after them those that it has sent, the last one
 * first, as far as they fit.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-2.3
 */
export class HeaderTable {
  /** Those that were sent, the last one at the end; before `#first` there are only gaps. */
  #fields: (HeaderField | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #maxBytes: number;

  /** @param maxBytes what it may hold of what is sent, as the standard counts it. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Undefined where no header has this number. */
  field(number: number): HeaderField | undefined {
    if (number <= staticFields.length) return staticFields[number - 1];
    const place = this.#fields.length - (number - staticFields.length);
    return place < this.#first ? undefined : this.#fields[place];
  }

  /** Keeps one, and forgets as many of the oldest as it takes. One that is larger than the table empties it. */
  add(field: HeaderField): void {
    this.#bytes += field.tableBytes;
    this.#fields.push(field);
    this.#evict();
  }

  /** Makes it smaller, or larger again. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#fields[this.#first];
      if (oldest !== undefined) this.#bytes -= oldest.tableBytes;
      this.#fields[this.#first] = undefined;
      this.#first += 1;
    }
    // No more gaps than headers, but for a few: each is moved once for each time that it is kept.
    if (this.#first <= 32 || this.#first * 2 < this.#fields.length) return;
    this.#fields = this.#fields.slice(this.#first);
    this.#first = 0;
  }
}
