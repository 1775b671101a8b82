import type { IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { callerGone } from "../caller-gone.js";

/** What a request does with its stream. */
export interface RequestStream {
  readonly socket: Socket;
  /** The caller may send so many bytes again. */
  taken(bytes: number): void;
}

/**
 * A request over HTTP/2, with what is asked of one of HTTP/1.1. Its body comes in the pieces that are read of its connection,
 * however many frames they hold: a frame of one byte would be held as an object of a hundred. States: unread · flowing · paused ·
 * ended (all of it was read) · discarded · closed.
 */
export class StreamRequest {
  readonly headers: IncomingHttpHeaders;
  readonly #stream: RequestStream;
  /** What has come and nobody has read: no more than its window. */
  #unread: Buffer[] = [];
  #isWhole = false;
  #isEnded = false;
  #isFlowing = false;
  #isDiscarded = false;
  #isClosed = false;
  #onData: Listener | undefined;
  #onEnd: Listener | undefined;
  #onClose: Listener[] = [];

  constructor(headers: IncomingHttpHeaders, stream: RequestStream) {
    this.headers = headers;
    this.#stream = stream;
  }

  get httpVersion(): "2.0" {
    return "2.0";
  }

  get httpVersionMajor(): 2 {
    return 2;
  }

  get method(): string | undefined {
    return this.headers[":method"];
  }

  get url(): string | undefined {
    return this.headers[":path"];
  }

  /** Whom it is for: a client may say so in either way. */
  get authority(): string | undefined {
    return this.headers[":authority"] ?? this.headers.host;
  }

  get socket(): Socket {
    return this.#stream.socket;
  }

  /** Whether all of the body was read, or there is none. */
  get readableEnded(): boolean {
    return this.#isEnded || (this.#isWhole && this.#unread.length === 0 && !this.#isClosed && !this.#isDiscarded);
  }

  get destroyed(): boolean {
    return this.#isClosed;
  }

  /** Whether all of it has come. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The whole body, where all of it has come and nobody reads it: then it was read. */
  takeWhole(): Buffer | undefined {
    if (!this.#isWhole || this.#isEnded || this.#isClosed || this.#onData !== undefined) return undefined;
    this.#isEnded = true;
    return this.#takeUnread();
  }

  /** One listener each for "data", with which the body begins to flow, and for "end"; "close" comes once, whether or not it has ended, and in the next turn where it has closed already. */
  on(event: "data" | "end" | "close", listener: Listener): this {
    if (event === "close") this.#listenForClose(listener);
    else if (event === "end") this.#onEnd = listener;
    else {
      this.#onData = listener;
      this.resume();
    }
    return this;
  }

  once(event: "close", listener: Listener): this {
    return this.on(event, listener);
  }

  off(event: "data" | "end" | "close", listener: Listener): this {
    if (event === "data") this.#onData = undefined;
    else if (event === "end") this.#onEnd = undefined;
    else this.#onClose = this.#onClose.filter((other) => other !== listener);
    return this;
  }

  pause(): this {
    this.#isFlowing = false;
    return this;
  }

  /** What has come is given from the next turn on: "end" may still want a listener. */
  resume(): this {
    if (this.#isFlowing) return this;
    this.#isFlowing = true;
    if (this.#unread.length > 0 || this.#isWhole) process.nextTick(() => this.deliver());
    return this;
  }

  /** The body, piece by piece. Rejects as `callerGone` says where the caller goes before its end. Leaving it early leaves the rest unread. */
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<Uint8Array> {
    const body = new Readable({ read: () => void this.resume() });
    // Who iterates is told by the iterator.
    body.on("error", () => {});
    this.on("end", () => void body.push(null));
    this.on("close", () => {
      if (!this.#isEnded) body.destroy(callerGone());
    });
    this.on("data", (chunk) => {
      if (!body.push(chunk)) this.pause();
    });
    return body.iterator(options);
  }

  /** For the connection to say what has come, and whether it is the last. `deliver` follows. */
  arrive(bytes: Buffer, isLast: boolean): void {
    if (isLast) this.#isWhole = true;
    if (this.#isDiscarded) this.#stream.taken(bytes.byteLength);
    else if (bytes.byteLength > 0) this.#unread.push(bytes);
  }

  /** Gives what has come, if it is wanted. */
  deliver(): void {
    if (this.#isClosed || this.#isEnded) return;
    if (!this.#isFlowing) {
      if (this.#unread.length > 0) this.#unread = [compacted(joined(this.#unread))];
      return;
    }
    if (this.#unread.length > 0) this.#onData?.(compacted(this.#takeUnread()));
    if (!this.#isWhole || this.#unread.length > 0 || !this.#isFlowing || this.#isClosed) return;
    this.#isEnded = true;
    this.#onEnd?.(noBytes);
  }

  /** Reads away what has come and comes: the answer is given. */
  discard(): void {
    this.#isDiscarded = true;
    this.#takeUnread();
  }

  /** For the connection to say that the stream is closed. */
  close(): void {
    this.#isClosed = true;
    this.#takeUnread();
    const listeners = this.#onClose;
    this.#onClose = [];
    for (const listener of listeners) listener(noBytes);
  }

  #listenForClose(listener: Listener): void {
    if (this.#isClosed) process.nextTick(listener, noBytes);
    else this.#onClose.push(listener);
  }

  #takeUnread(): Buffer {
    const bytes = joined(this.#unread);
    this.#unread = [];
    if (bytes.byteLength > 0) this.#stream.taken(bytes.byteLength);
    return bytes;
  }
}

type Listener = (chunk: Buffer) => void;

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

/** The same bytes, without the much larger read that they came in: it would be held with them. */
function compacted(bytes: Buffer): Buffer {
  return bytes.byteLength * 4 < bytes.buffer.byteLength ? Buffer.from(new Uint8Array(bytes).buffer) : bytes;
}

const noBytes = Buffer.alloc(0);
