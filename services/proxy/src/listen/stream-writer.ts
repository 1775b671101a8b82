import type { OutgoingHttpHeaders } from "node:http";
import { callerGone } from "./caller-gone.js";
import type { HttpResponse } from "./respond.js";
import { stallMs } from "./when-taken.js";

/** The last that is told of a streamed answer. */
export interface StreamEnd {
  readonly bytes: Uint8Array;
  /** Default: none. */
  readonly trailers?: OutgoingHttpHeaders;
}

/** Writes a streamed answer. */
export interface StreamWriter {
  /** Whether the headers are sent. */
  readonly hasBegun: boolean;
  /** Sends the headers, with status 200, along with the first bytes. */
  begin(headers: OutgoingHttpHeaders): void;
  /**
   * Writes at once. Undefined: more may come at once; else a promise that resolves when it may, and rejects with a
   * ConnectError where the caller has gone, or has taken nothing for a minute.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  end(end: StreamEnd): void;
}

/** Creates what writes a streamed answer, whose other headers the response has already. */
export function createStreamWriter(response: HttpResponse): StreamWriter {
  return new ResponseWriter(response);
}

/** A class: each stream that is open has one. */
class ResponseWriter implements StreamWriter {
  readonly #response: HttpResponse;
  #isClosed = false;
  #stall: NodeJS.Timeout | undefined;
  #blocked: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(response: HttpResponse) {
    this.#response = response;
    // An error says nothing more than its "close" does.
    response
      .on("error", noop)
      .on("drain", () => this.#drained())
      .on("close", () => this.#closed());
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  begin(headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(200, headers);
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#isClosed) return Promise.reject(callerGone());
    const response = this.#response;
    if (response.write(bytes)) return undefined;
    this.#watchStall();
    return new Promise((resolve, reject) => {
      this.#blocked = { resolve, reject };
    });
  }

  end({ bytes, trailers }: StreamEnd): void {
    if (this.#isClosed) return;
    this.#watchStall();
    const response = this.#response;
    if (trailers !== undefined) response.addTrailers(trailers);
    response.end(bytes);
  }

  #watchStall(): void {
    this.#stall ??= setTimeout(() => this.#response.destroy(), stallMs);
  }

  #drained(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#blocked?.resolve();
    this.#blocked = undefined;
  }

  #closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#stall);
    this.#blocked?.reject(callerGone());
    this.#blocked = undefined;
  }
}

const noop = () => {};
