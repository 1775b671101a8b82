import type { OutgoingHttpHeaders } from "node:http";
import { checkHeader, checkHeaders, dateNow } from "../answer-headers.js";
import { headerBlockOf, statusBlockOf } from "./header-block.js";

/** Hears that bytes are on their way, or why not. */
export type Taken = (error?: Error | null) => void;

/** What a response does with its stream. */
export interface ResponseStream {
  /** Sends the block of some headers. */
  sendHeaders(block: string, isLast: boolean): void;
  /** Sends as much of it as there is room for, and says how many bytes that is. It is the last only where all of it was sent. */
  sendData(bytes: Uint8Array, isLast: boolean): number;
  /** Has `advance` called once there is room. */
  waitForRoom(): void;
  /** Has `taken` called once the system has taken what was sent, or with the reason why it never will. */
  whenTaken(taken: Taken): void;
  /** Hears that the end was sent. */
  ended(): void;
  /** Ends the stream in the middle. */
  cut(): void;
}

/** What has no room yet. */
interface QueuedPiece {
  readonly bytes: Uint8Array;
  readonly taken: Taken | undefined;
}

/**
 * The response to a request over HTTP/2, with what is done with one of HTTP/1.1. Once the caller has gone all of it does nothing.
 * States: open · ended (all was handed over) · closed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.1
 */
export class StreamResponse {
  statusCode = 200;
  readonly #stream: ResponseStream;
  readonly #isHead: boolean;
  /** Until they are sent. */
  #headers: OutgoingHttpHeaders | undefined = {};
  #trailers: OutgoingHttpHeaders | undefined;
  #hasHead = false;
  #isEnded = false;
  #isSent = false;
  #isClosed = false;
  #queue: QueuedPiece[] | undefined;
  #onClose: (() => void)[] = [];
  #onDrain: (() => void)[] | undefined;

  /** @param isHead whether HEAD was asked, whose answer has no body */
  constructor(stream: ResponseStream, isHead: boolean) {
    this.#stream = stream;
    this.#isHead = isHead;
  }

  /** Whether the headers are as they will be, and will be sent with the first bytes if they were not yet. */
  get headersSent(): boolean {
    return this.#hasHead;
  }

  /** Whether all of the answer has been handed over. */
  get writableEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether nothing of it waits for the caller to make room. */
  get isTaken(): boolean {
    return this.#queue === undefined;
  }

  get destroyed(): boolean {
    return this.#isClosed;
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
    if (this.#isEnded || this.#isClosed) {
      taken?.(new Error("the response is closed"));
      return true;
    }
    if (this.#isBodiless) {
      taken?.();
      return true;
    }
    this.#sendHead(false);
    return this.#send(typeof bytes === "string" ? Buffer.from(bytes) : bytes, taken);
  }

  /** To be called before the end. */
  addTrailers(trailers: OutgoingHttpHeaders): void {
    checkHeaders(trailers);
    // Some clients take an end without any for a fault.
    if (Object.keys(trailers).length === 0) return;
    this.#trailers = { ...this.#trailers, ...trailers };
  }

  /** Sends the end, and before it what has not been sent of the rest. */
  end(bytes?: Uint8Array | string, taken?: Taken): void {
    const isOver = this.#isEnded || this.#isClosed;
    this.#isEnded = true;
    if (isOver) {
      taken?.(new Error("the response is closed"));
      return;
    }
    const last = typeof bytes === "string" ? Buffer.from(bytes) : (bytes ?? noBytes);
    const isAll = this.#isBodiless || (last.byteLength === 0 && this.#trailers === undefined);
    const hasEnded = this.#sendHead(isAll);
    if (hasEnded) this.#noteSent(taken, true);
    else this.#send(last, taken);
  }

  /** Ends it in the middle, unless all of it was sent. */
  destroy(_error?: Error): void {
    if (!this.#isClosed && !this.#isSent) this.#stream.cut();
  }

  /** "close" comes once, in the next turn where it has closed already, "drain" whenever there is room again, and "error" never: that the caller has gone is no error. */
  on(event: "drain" | "close" | "error", listener: () => void): this {
    if (event === "close" && this.#isClosed) process.nextTick(listener);
    else if (event === "close") this.#onClose.push(listener);
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

  /** For the connection to say that there is room: sends at most one frame of what waits, and says whether more does and may. */
  advance(): boolean {
    const queue = this.#queue ?? [];
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const isAll = this.#isEnded && queue.length === 1;
      const sent = this.#stream.sendData(first.bytes, isAll && this.#trailers === undefined);
      if (sent < first.bytes.byteLength) {
        queue[0] = { ...first, bytes: first.bytes.subarray(sent) };
        return true;
      }
      this.#noteSent(first.taken, isAll);
      queue.shift();
      // The end takes no room, and its turn may never come where there is none.
      if (queue[0] !== undefined && queue[0].bytes.byteLength > 0) return true;
    }
    if (this.#queue === undefined) return false;
    this.#queue = undefined;
    for (const listener of this.#onDrain ?? []) listener();
    return false;
  }

  /** For the connection to say that the stream is closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const { taken } of queue) taken?.(new Error("the stream is closed"));
    const listeners = this.#onClose;
    this.#onClose = [];
    for (const listener of listeners) listener();
  }

  /** Whether it ends with its headers (RFC 9110, section 6.4.1). */
  get #isBodiless(): boolean {
    return this.#isHead || this.statusCode === 204 || this.statusCode === 304;
  }

  /** Sends the headers, unless they were sent, and says whether the answer ends with them. */
  #sendHead(isAll: boolean): boolean {
    const headers = this.#headers;
    if (headers === undefined) return false;
    this.#headers = undefined;
    this.#hasHead = true;
    headers["date"] ??= dateNow();
    this.#stream.sendHeaders(statusBlockOf(this.statusCode) + headerBlockOf(headers), isAll);
    return isAll;
  }

  /** Sends a part of the body, or keeps what has no room; says whether all of it had. */
  #send(bytes: Uint8Array, taken: Taken | undefined): boolean {
    const isLast = this.#isEnded && this.#trailers === undefined;
    if (this.#queue !== undefined) {
      this.#queue.push({ bytes, taken });
      return false;
    }
    for (let rest = bytes; ; ) {
      const sent = rest.byteLength === 0 && !isLast ? 0 : this.#stream.sendData(rest, isLast);
      if (sent === rest.byteLength) break;
      rest = rest.subarray(sent);
      if (sent > 0) continue;
      this.#queue = [{ bytes: rest, taken }];
      this.#stream.waitForRoom();
      return false;
    }
    this.#noteSent(taken, this.#isEnded);
    return true;
  }

  /** Bytes are sent; after the last ones trailers are. Who waits hears first that they were taken, and then that the stream is closed. */
  #noteSent(taken: Taken | undefined, isAll: boolean): void {
    const trailers = isAll ? this.#trailers : undefined;
    if (trailers !== undefined) this.#stream.sendHeaders(headerBlockOf(trailers), true);
    if (taken !== undefined) this.#stream.whenTaken(taken);
    if (!isAll) return;
    this.#isSent = true;
    this.#stream.ended();
  }
}

const noBytes = new Uint8Array(0);
