import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/**
 * A response of HTTP/1.1, with what is done with one of HTTP/2. Its headers are kept here and handed to Node together: of those
 * that are set one by one Node keeps lists of its own, a kilobyte for each stream that is open.
 */
export class Http1Response {
  statusCode = 200;
  readonly message: ServerResponse;
  /** Until Node has them. */
  #headers: OutgoingHttpHeaders | undefined = {};

  constructor(message: ServerResponse) {
    this.message = message;
  }

  /** Whether the headers are as they will be, and will be sent with the first bytes if they were not yet. */
  get headersSent(): boolean {
    return this.#headers === undefined;
  }

  /** Whether all of the answer has been handed over. */
  get writableEnded(): boolean {
    return this.message.writableEnded;
  }

  get destroyed(): boolean {
    return this.message.destroyed;
  }

  /** The name is in lower case. Once the head is written it is too late, and nothing happens. */
  setHeader(name: string, value: number | string | readonly string[]): void {
    if (this.#headers !== undefined) this.#headers[name] = typeof value === "object" ? [...value] : value;
  }

  /** Adds to the headers that were set before. They leave with the first bytes, or with the end. */
  writeHead(status: number, headers?: OutgoingHttpHeaders): void {
    this.message.writeHead(status, Object.assign(this.#headers ?? {}, headers));
    this.statusCode = status;
    this.#headers = undefined;
    // Node keeps the text of the head, which it has put together of some fifty pieces. V8 joins them where somebody looks at
    // a character: they take a third then. Nothing depends on it, should Node no longer have the text there.
    const head: unknown = Reflect.get(this.message, "_header");
    if (typeof head === "string") head.charCodeAt(0);
  }

  /** Sends bytes, after the headers, and says whether there is room for more: where not, "drain" says when. */
  write(bytes: Uint8Array | string, taken?: (error?: Error | null) => void): boolean {
    this.#handOver();
    return this.message.write(bytes, taken);
  }

  /** To be called before the end. */
  addTrailers(trailers: OutgoingHttpHeaders): void {
    this.message.addTrailers(trailers);
  }

  /** Sends the end, and before it what has not been sent of the rest: all of it with its length, where nothing was. */
  end(bytes?: Uint8Array | string, taken?: (error?: Error | null) => void): void {
    this.#handOver();
    this.message.end(bytes, taken);
  }

  destroy(error?: Error): void {
    this.message.destroy(error);
  }

  on(event: "drain" | "close" | "error", listener: () => void): this {
    this.message.on(event, listener);
    return this;
  }

  once(event: "close", listener: () => void): this {
    this.message.once(event, listener);
    return this;
  }

  off(event: "close", listener: () => void): this {
    this.message.off(event, listener);
    return this;
  }

  /** Gives Node headers without a head: it knows what else belongs to an answer that comes whole, or to one without a body. */
  #handOver(): void {
    const headers = this.#headers;
    if (headers === undefined) return;
    this.#headers = undefined;
    this.message.statusCode = this.statusCode;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.message.setHeader(name, value);
    }
  }
}
