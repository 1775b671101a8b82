import { type OutgoingHttpHeaders, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { checkHeader, checkHeaders, dateNow } from "./answer-headers.js";
import type { UsualHead } from "./usual-head.js";

/** A request of HTTP/1.1 that has come whole, with what is asked of one of HTTP/2. */
export class UsualRequest {
  readonly method: "POST";
  readonly url: string;
  readonly headers: UsualHead["headers"];
  readonly socket: Socket;
  /** All of it. */
  readonly body: Buffer;

  constructor({ method, url, headers }: UsualHead, body: Buffer, socket: Socket) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
    this.socket = socket;
  }

  get httpVersion(): "1.1" {
    return "1.1";
  }

  get httpVersionMajor(): 1 {
    return 1;
  }
}

/** The connection that a response is sent on. */
export interface UsualResponseConnection {
  readonly socket: Socket;
  /** The lines of a head that say how long it may be used again. */
  readonly keepAliveLines: string;
  /** Hears once that an answer is on its way, and whether the connection may be used again. */
  answered(isLast: boolean): void;
}

/**
 * The response to it, written to the connection in as few pieces as it is handed over in. Node's own makes of each chunk
 * four, and keeps a kilobyte for each that is under way.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class UsualResponse {
  statusCode = 200;
  readonly #connection: UsualResponseConnection;
  /** Until they are sent. */
  #headers: OutgoingHttpHeaders | undefined = {};
  #trailers: OutgoingHttpHeaders | undefined;
  #hasHead = false;
  #isChunked = false;
  #isBodiless = false;
  #isLast = false;
  #isEnded = false;
  #isClosed = false;
  /** No emitter of Node's: it makes several objects for each. */
  #onClose: (() => void)[] = [];
  #onDrain: (() => void)[] | undefined;

  constructor(connection: UsualResponseConnection) {
    this.#connection = connection;
  }

  /** Whether the headers are as they will be, and will be sent with the first bytes if they were not yet. */
  get headersSent(): boolean {
    return this.#hasHead;
  }

  /** Whether all of the answer has been handed over. */
  get writableEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether the system has taken all that was written. */
  get isTaken(): boolean {
    return this.#connection.socket.writableLength === 0;
  }

  get destroyed(): boolean {
    return this.#isClosed || this.#connection.socket.destroyed;
  }

  /**
   * The name is in lower case. Once the head is written it is too late, and nothing happens. Throws a TypeError, as do `writeHead` and
   * `addTrailers`, where a header could be read as more than one, or is none.
   */
  setHeader(name: string, value: number | string | readonly string[]): void {
    if (this.#hasHead || this.#headers === undefined) return;
    checkHeader(name, value);
    this.#headers[name] = typeof value === "object" ? [...value] : value;
  }

  /** Adds to the headers that were set before. They leave with the first bytes, or with the end. */
  writeHead(status: number, headers?: OutgoingHttpHeaders): void {
    checkHeaders(headers);
    Object.assign(this.#headers ?? {}, headers);
    this.statusCode = status;
    this.#hasHead = true;
  }

  /** Sends bytes, after the headers, and says whether there is room for more: where not, "drain" says when. */
  write(bytes: Uint8Array | string, taken?: Taken): boolean {
    if (this.#isEnded || this.destroyed) {
      taken?.(new Error("the response is closed"));
      return true;
    }
    const head = this.#takeHead(undefined);
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    return this.#send(head, chunk, "", taken);
  }

  /** To be called before the end. Of an answer that is sent whole, with its length, they are left out. */
  addTrailers(trailers: OutgoingHttpHeaders): void {
    checkHeaders(trailers);
    this.#trailers = { ...this.#trailers, ...trailers };
  }

  /** Sends the end, and before it what has not been sent of the rest: all of it with its length, where nothing was. */
  end(bytes?: Uint8Array | string, taken?: Taken): void {
    const isOver = this.#isEnded || this.destroyed;
    this.#isEnded = true;
    if (isOver) {
      taken?.(new Error("the response is closed"));
      return;
    }
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : (bytes ?? nothing);
    const head = this.#takeHead(this.#trailers === undefined ? chunk.byteLength : undefined);
    const trailers = this.#trailers === undefined ? "" : linesOf(this.#trailers);
    this.#send(head, chunk, this.#isChunked ? `0\r\n${trailers}\r\n` : "", (error) => {
      taken?.(error);
      if (error == null) this.#answered();
    });
  }

  /** Closes the connection, unless all of the answer is on its way: then it may be another's. */
  destroy(_error?: Error): void {
    if (!this.#isClosed) this.#connection.socket.destroy();
  }

  /** "close" comes once, "drain" whenever there is room again, and "error" never: that the caller has gone is no error. */
  on(event: "drain" | "close" | "error", listener: () => void): this {
    if (event === "close") this.#onClose.push(listener);
    else if (event === "drain") this.#onDrain = [...(this.#onDrain ?? []), listener];
    return this;
  }

  once(event: "close", listener: () => void): this {
    return this.on(event, listener);
  }

  off(_event: "close", listener: () => void): this {
    const place = this.#onClose.lastIndexOf(listener);
    if (place !== -1) this.#onClose.splice(place, 1);
    return this;
  }

  /** For the connection to say that there is room again. */
  drain(): void {
    for (const listener of this.#onDrain ?? []) listener();
  }

  /** For the connection to say that it has closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const listeners = this.#onClose;
    this.#onClose = [];
    for (const listener of listeners) listener();
  }

  #answered(): void {
    if (this.#isClosed) return;
    this.close();
    this.#connection.answered(this.#isLast);
  }

  /** Sends a part of the body with the text around it: as one chunk (RFC 9112, section 7.1) where the head has not told its length. */
  #send(head: string, bytes: Uint8Array, end: string, taken: Taken | undefined): boolean {
    const { socket } = this.#connection;
    const part = this.#isBodiless ? nothing : bytes;
    const isChunk = this.#isChunked && part.byteLength > 0;
    const before = isChunk ? `${head}${part.byteLength.toString(16)}\r\n` : head;
    const after = isChunk ? `\r\n${end}` : end;
    if (part.byteLength <= maxCopiedBytes) return socket.write(joined(before, part, after), taken);
    socket.cork();
    if (before !== "") socket.write(before, "latin1");
    const hasRoom = socket.write(part);
    socket.write(after, "latin1", taken);
    socket.uncork();
    return hasRoom;
  }

  /** The text of the head, once. `bodyBytes`: the length of the answer, where all of it is here. */
  #takeHead(bodyBytes: number | undefined): string {
    const headers = this.#headers;
    if (headers === undefined) return "";
    this.#headers = undefined;
    this.#hasHead = true;
    this.#isLast = headers["connection"] === "close";
    const status = this.statusCode;
    let lines = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${linesOf(headers)}date: ${dateNow()}\r\n`;
    if (!this.#isLast) lines += this.#connection.keepAliveLines;
    // Those end with their head (RFC 9112, section 6.3).
    this.#isBodiless = status === 204 || status === 304;
    if (this.#isBodiless || headers["content-length"] !== undefined) return `${lines}\r\n`;
    if (bodyBytes !== undefined) return `${lines}content-length: ${bodyBytes}\r\n\r\n`;
    this.#isChunked = true;
    return `${lines}transfer-encoding: chunked\r\n\r\n`;
  }
}

/** Hears that bytes are on their way, or why not. */
type Taken = (error?: Error | null) => void;

const nothing = new Uint8Array(0);

/** So many are copied, to be sent in one piece with the text around them; more are sent as they are. */
const maxCopiedBytes = 2_048;

/** The lines of some headers. */
function linesOf(headers: OutgoingHttpHeaders): string {
  let lines = "";
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const each of value) lines += `${name}: ${each}\r\n`;
    else if (value !== undefined) lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

function joined(before: string, bytes: Uint8Array, after: string): Buffer {
  const all = Buffer.allocUnsafe(before.length + bytes.byteLength + after.length);
  all.write(before, 0, "latin1");
  all.set(bytes, before.length);
  if (after !== "") all.write(after, before.length + bytes.byteLength, "latin1");
  return all;
}
