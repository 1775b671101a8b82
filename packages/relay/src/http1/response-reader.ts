/** The head of a response. */
export interface ResponseHead {
  readonly status: number;
  /** Those that somebody asks for, by their names in lower case: the first of each. */
  readonly headers: ResponseHeaders;
}

/** Headers by their names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What hears of a response as it comes: `head`, `data` as often as there is some, and `end`; or `malformed`, at any time. */
export interface ResponseTaker {
  head(head: ResponseHead): void;
  /** The bytes may change when it returns. */
  data(bytes: Buffer): void;
  /** Whether another response may come on the same connection. */
  end(isReusable: boolean): void;
  /** It is not HTTP. Nothing more is heard. */
  malformed(error: MalformedResponse): void;
}

/** What came is not HTTP/1.1. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

/** The longest head, and the longest trailers, in bytes: what Node takes. */
const maxHeadBytes = 16_384;
/** The longest line that begins a chunk, with its extensions. */
const maxChunkLineBytes = 1_024;

/**
 * Reads responses of HTTP/1.1 from the bytes of a connection, one after the other. What the standard leaves to tolerance is
 * malformed here: an answer that two readers may take for two is worth no more than none, and another relay can be asked.
 *
 * States: `head` -> `length`, `until-close`, or `chunk-line` <-> `chunk-data` and then `trailers` -> `head` of the next. `over`: it
 * was malformed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class ResponseReader {
  readonly #taker: ResponseTaker;
  #state: "head" | "length" | "until-close" | "chunk-line" | "chunk-data" | "trailers" | "over" = "head";
  /** What has come of a head, a line or trailers whose end has not. */
  #held = nothing;
  /** How many bytes the body or the chunk still has, with the end of its line. */
  #leftBytes = 0;
  #isReusable = true;

  constructor(taker: ResponseTaker) {
    this.#taker = taker;
  }

  /** Reads what has come; keeps none of it that is not copied. */
  read(chunk: Buffer): void {
    const bytes = this.#held.byteLength === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = nothing;
    let at = 0;
    while (at < bytes.byteLength) {
      const next = this.#step(bytes, at);
      if (next === at) break;
      at = next;
    }
  }

  /** Hears that no more comes: the end of a body that goes on until then. */
  close(): void {
    if (this.#state === "until-close") this.#end(true);
  }

  /** Reads on from a place, and gives the next; the same where more has to come, which is then held. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#readHead(bytes, at);
      case "length":
      case "until-close":
        return this.#readBody(bytes, at);
      case "chunk-line":
        return this.#readChunkLine(bytes, at);
      case "chunk-data":
        return this.#readChunk(bytes, at);
      case "trailers":
        return this.#readTrailers(bytes, at);
      case "over":
        return at;
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(emptyLine, at);
    if (end === -1 && !mayBecomeHead(bytes, at)) return this.#fail(at, "the head is no head");
    if (end === -1) return this.#hold(bytes, at, maxHeadBytes);
    const next = end + emptyLine.length;
    if (next - at > maxHeadBytes) return this.#fail(at, "the head is too long");
    // With the end of the last line.
    const text = bytes.toString("latin1", at, end + 2);
    if (!wellFormedHead.test(text)) return this.#fail(at, "the head is no head");
    const status = Number(text.slice(9, 12));
    if (status === 101) return this.#fail(at, "the protocol changes");
    // What comes before the answer itself says nothing that matters here.
    if (status < 200) return next;
    const fields = fieldsOf(text);
    const framing = framingOf(status, fields);
    if (framing === undefined) return this.#fail(at, "the length of the body is not clear");
    this.#isReusable = framing !== "until-close" && !isLast(text, fields);
    this.#leftBytes = typeof framing === "number" ? framing : 0;
    this.#state = typeof framing === "number" ? "length" : framing;
    this.#taker.head({ status, headers: fields.values });
    if (framing === 0) this.#end(next === bytes.byteLength);
    return next;
  }

  #readBody(bytes: Buffer, at: number): number {
    const length = bytes.byteLength - at;
    const next = at + (this.#state === "length" ? Math.min(this.#leftBytes, length) : length);
    this.#taker.data(bytes.subarray(at, next));
    if (this.#state !== "length") return next;
    this.#leftBytes -= next - at;
    if (this.#leftBytes === 0) this.#end(next === bytes.byteLength);
    return next;
  }

  #readChunkLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(lineFeed, at);
    if (end === -1) return this.#hold(bytes, at, maxChunkLineBytes);
    if (end - at > maxChunkLineBytes) return this.#fail(at, "the line of a chunk is too long");
    const size = sizeOf(bytes, at, end);
    if (size === undefined) return this.#fail(at, "a chunk has no length");
    this.#state = size === 0 ? "trailers" : "chunk-data";
    this.#leftBytes = size + lineBreakBytes;
    // With the end of this line, so that no trailers look like the end of some.
    return size === 0 ? end - 1 : end + 1;
  }

  #readChunk(bytes: Buffer, at: number): number {
    const left = this.#leftBytes;
    const next = Math.min(at + left, bytes.byteLength);
    const dataEnd = Math.min(at + Math.max(0, left - lineBreakBytes), next);
    if (dataEnd > at) this.#taker.data(bytes.subarray(at, dataEnd));
    for (let index = dataEnd; index < next; index++) {
      const isFirst = left - (index - at) === lineBreakBytes;
      if (bytes[index] !== (isFirst ? carriageReturn : lineFeed))
        return this.#fail(at, "a chunk is longer than it says");
    }
    this.#leftBytes = left - (next - at);
    if (this.#leftBytes === 0) this.#state = "chunk-line";
    return next;
  }

  #readTrailers(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(emptyLine, at);
    if (end === -1) return this.#hold(bytes, at, maxHeadBytes);
    const next = end + emptyLine.length;
    const text = bytes.toString("latin1", at, end + 2);
    if (next - at > maxHeadBytes || !wellFormedTrailers.test(text)) return this.#fail(at, "the trailers are none");
    this.#end(next === bytes.byteLength);
    return next;
  }

  /** Keeps the rest until more comes. */
  #hold(bytes: Buffer, at: number, maxBytes: number): number {
    if (bytes.byteLength - at > maxBytes) return this.#fail(at, "a head or a line is too long");
    this.#held = Buffer.allocUnsafeSlow(bytes.byteLength - at);
    bytes.copy(this.#held, 0, at);
    return at;
  }

  /** `isAll`: nothing has come after it; if there has, it belongs to nobody. */
  #end(isAll: boolean): void {
    this.#state = isAll && this.#isReusable ? "head" : "over";
    this.#taker.end(this.#state === "head");
  }

  #fail(at: number, detail: string): number {
    this.#state = "over";
    this.#taker.malformed(new MalformedResponse(detail));
    return at;
  }
}

const nothing = Buffer.alloc(0);
const emptyLine = Buffer.from("\r\n\r\n");
const [carriageReturn, lineFeed] = [0x0d, 0x0a];
const lineBreakBytes = 2;

/** Whether a head may begin so: who speaks another protocol may never send an empty line. */
function mayBecomeHead(bytes: Buffer, at: number): boolean {
  return versionText.startsWith(bytes.toString("latin1", at, at + versionText.length));
}

const versionText = "HTTP/1.";

const token = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`;
const fieldLines = String.raw`(?:${token}:[\t\x20-\x7e\x80-\xff]*\r\n)*`;
const wellFormedHead = new RegExp(String.raw`^HTTP/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n${fieldLines}$`);
const wellFormedTrailers = new RegExp(String.raw`^\r\n${fieldLines}$`);

/** The headers that somebody asks for. */
const askedNames = [
  ...["connection", "content-length", "content-type"],
  ...["keep-alive", "retry-after", "transfer-encoding"],
] as const;

/** The headers of a head. */
interface Fields {
  readonly values: Record<string, string>;
  /** Those that came more than once. */
  readonly repeated: readonly string[];
}

/** Of a head that is well formed. No expression goes over it once more: to hand over what it finds took as long as all else that is read. */
function fieldsOf(text: string): Fields {
  const values: Record<string, string> = {};
  const repeated: string[] = [];
  for (let at = text.indexOf("\n") + 1; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r", colon);
    const name = askedNameIn(text, at, colon);
    at = end + lineBreakBytes;
    if (name === undefined) continue;
    const value = withoutBlanks(text, colon + 1, end);
    const before = values[name];
    if (before === undefined) values[name] = value;
    else repeated.push(name);
    if (before !== undefined && name === "connection") values[name] = `${before}, ${value}`;
  }
  return { values, repeated };
}

/** The name of this part of a head, in lower case; undefined where nobody asks for it. */
function askedNameIn(text: string, start: number, end: number): string | undefined {
  for (const name of askedNames)
    if (name.length === end - start && text.slice(start, end).toLowerCase() === name) return name;
  return undefined;
}

/** No `trim()`, which takes more for a blank than HTTP does; no expression, whose time could grow with the square of the length. */
function withoutBlanks(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** How the end of a body is told (RFC 9112, section 6.3): its length in bytes, by its chunks, or when the connection closes. */
function framingOf(status: number, { values, repeated }: Fields): number | "chunk-line" | "until-close" | undefined {
  const { "content-length": length, "transfer-encoding": encoding } = values;
  if (repeated.includes("content-length") || repeated.includes("transfer-encoding")) return undefined;
  if (length !== undefined && (encoding !== undefined || !/^\d{1,15}$/.test(length))) return undefined;
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked") return undefined;
  if (status === 204 || status === 304) return 0;
  if (encoding !== undefined) return "chunk-line";
  return length === undefined ? "until-close" : Number(length);
}

/** Whether no other response comes on the connection (RFC 9112, section 9.3). */
function isLast(text: string, { values }: Fields): boolean {
  const options = values["connection"] ?? "";
  if (!text.startsWith("HTTP/1.0")) return closing.test(options);
  // It knows no chunks: who sends them may not know what it says.
  return values["transfer-encoding"] !== undefined || !keepAlive.test(options);
}

const closing = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const keepAlive = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;

/** The length that the line of a chunk says, with the end of the line at `end`. */
function sizeOf(bytes: Buffer, at: number, end: number): number | undefined {
  const digits = chunkLine.exec(bytes.toString("latin1", at, end))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** An extension's value may be in quotes (RFC 9112, section 7.1.1); those with quotes in them are not in use. */
const extension = String.raw`;${token}(?:=(?:${token}|"[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]*"))?`;
const chunkLine = new RegExp(String.raw`^0*([\dA-Fa-f]{1,8})(?:${extension})*\r$`);
