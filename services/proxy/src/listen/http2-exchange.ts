import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";

/**
 * A request over HTTP/2, with what is asked of one of HTTP/1.1. Node's own class for it is a second stream around the
 * stream, with a state, listeners and a buffer of its own, as is that of the response: a tenth of what a gRPC call takes.
 */
export class Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
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

  /** What is known of the connection; nothing once it is closed. */
  get socket(): { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean } {
    const { session } = this.stream;
    return session === undefined || session.destroyed ? {} : session.socket;
  }

  get readableEnded(): boolean {
    return this.stream.readableEnded;
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  on(event: "data" | "end" | "close", listener: (chunk: Buffer) => void): this {
    this.stream.on(event, listener);
    return this;
  }

  once(event: "close", listener: () => void): this {
    this.stream.once(event, listener);
    return this;
  }

  off(event: "data" | "end" | "close", listener: (chunk: Buffer) => void): this {
    this.stream.off(event, listener);
    return this;
  }

  pause(): this {
    this.stream.pause();
    return this;
  }

  resume(): this {
    this.stream.resume();
    return this;
  }

  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<Uint8Array> {
    return this.stream.iterator(options);
  }
}

/** Its response, with what is done with one of HTTP/1.1. Once the caller has gone all of it does nothing. */
export class Http2Response {
  readonly stream: ServerHttp2Stream;
  statusCode = 200;
  readonly #headers: OutgoingHttpHeaders = {};
  #trailers: OutgoingHttpHeaders | undefined;
  #hasHead = false;
  #isEnded = false;

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
  }

  /** Whether the headers are as they will be, and will be sent with the first bytes if they were not yet. */
  get headersSent(): boolean {
    return this.#hasHead;
  }

  /** Whether all of the answer has been handed over. */
  get writableEnded(): boolean {
    return this.#isEnded;
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  /** The name is in lower case, as HTTP/2 has it (RFC 9113, section 8.2). */
  setHeader(name: string, value: number | string | readonly string[]): void {
    this.#headers[name] = typeof value === "object" ? [...value] : value;
  }

  /** Adds to the headers that were set before. They leave with the first bytes, or with the end. */
  writeHead(status: number, headers?: OutgoingHttpHeaders): void {
    Object.assign(this.#headers, headers);
    this.statusCode = status;
    this.#hasHead = true;
  }

  /** Sends bytes, after the headers, and says whether there is room for more: where not, "drain" says when. */
  write(bytes: Uint8Array | string, taken?: (error?: Error | null) => void): boolean {
    if (this.#isGone) {
      taken?.(new Error("the stream is closed"));
      return true;
    }
    if (!this.stream.headersSent) this.#respond({ waitForTrailers: true });
    if (!this.stream.writableEnded) return this.stream.write(bytes, taken);
    taken?.();
    return true;
  }

  /** To be called before the end. */
  addTrailers(trailers: OutgoingHttpHeaders): void {
    this.#trailers = { ...this.#trailers, ...trailers };
  }

  /** Sends the end, and before it what has not been sent of the rest. */
  end(bytes?: Uint8Array | string, taken?: (error?: Error | null) => void): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#isGone) {
      taken?.(new Error("the stream is closed"));
      return;
    }
    if (!this.stream.headersSent) {
      const isAll = bytes === undefined && this.#trailers === undefined;
      this.#respond(isAll ? { endStream: true } : { waitForTrailers: this.#trailers !== undefined });
    }
    if (this.stream.writableEnded) taken?.();
    else this.stream.end(bytes, taken);
  }

  destroy(error?: Error): void {
    this.stream.destroy(error);
  }

  on(event: "drain" | "close" | "error", listener: () => void): this {
    this.stream.on(event, listener);
    return this;
  }

  once(event: "close", listener: () => void): this {
    this.stream.once(event, listener);
    return this;
  }

  off(event: "close", listener: () => void): this {
    this.stream.off(event, listener);
    return this;
  }

  /** A stream that the caller has reset is closed for a moment before it is destroyed, and then takes nothing any more. */
  get #isGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  /** An answer to HEAD, or one of 204, has ended with its headers. */
  #respond(options: { readonly endStream?: true; readonly waitForTrailers?: boolean }): void {
    this.#hasHead = true;
    this.#headers[":status"] = this.statusCode;
    this.stream.respond(this.#headers, options);
    if (options.waitForTrailers === true)
      this.stream.once("wantTrailers", () => this.stream.sendTrailers(this.#trailers ?? {}));
  }
}
