import type { Socket } from "node:net";
import { atEndOfTurn } from "../at-end-of-turn.js";
import type { ExchangeHandler } from "./dispatcher.js";
import { type MalformedResponse, type ResponseHead, ResponseReader, type ResponseTaker } from "./response-reader.js";

/** Who a connection belongs to. */
export interface ConnectionOwner {
  /** It can be used again, until its `idleUntilMs`. */
  released(connection: Http1Connection): void;
  /** It has closed. */
  closed(connection: Http1Connection): void;
}

/** How long a relay is taken to keep an idle connection where it does not say, in milliseconds. */
const defaultIdleMs = 4_000;
/** What is kept off the time that it says: a request may be on its way when it closes. */
const idleMarginMs = 2_000;
const maxIdleMs = 600_000;

/** One connection of HTTP/1.1 to a relay: asks one thing at a time. */
export class Http1Connection implements ResponseTaker {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader = new ResponseReader(this);
  /** Of the exchange under way. */
  #handler: ExchangeHandler | undefined;
  /** Its request, until it is sent. */
  #unsent: string | undefined;
  #keepAlive: string | undefined;
  #error: Error | undefined;
  #idleUntilMs = performance.now() + defaultIdleMs;

  readonly #sendNow = () => {
    const request = this.#unsent;
    this.#unsent = undefined;
    if (request !== undefined) this.#socket.write(request, "utf8");
  };

  /** Takes a socket that is connected, and whose bytes are handed to `read`. */
  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("end", () => {
      this.#reader.close();
      this.destroy();
    });
    socket.on("close", () => {
      if (this.#handler !== undefined) this.#leave(this.#error ?? closedByRelay());
      owner.closed(this);
    });
  }

  /** How long it may be kept idle, by its last answer, in milliseconds of `performance.now()`. */
  get idleUntilMs(): number {
    return this.#idleUntilMs;
  }

  /** Whether it can take a request: its answers so far have said so, and it is open. */
  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded;
  }

  /**
   * Sends a request, in ASCII but for its body, at the end of the turn: where several are sent one right after the other, the other
   * side is woken for the first of them alone. The connection is to be idle.
   */
  send(request: string, handler: ExchangeHandler): void {
    this.#handler = handler;
    this.#keepAlive = undefined;
    this.#unsent = request;
    atEndOfTurn(this.#sendNow);
    handler.onRequestStart(this);
  }

  /** Takes bytes that have come, which may change when this has returned. */
  read(bytes: Buffer): void {
    // Nobody has asked for them.
    if (this.#handler === undefined || this.#unsent !== undefined) {
      this.destroy();
      return;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      // Of the handler: its exchange fails, and the others go on.
      this.abort(error as Error);
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes the connection under the exchange. */
  abort(error: Error): void {
    this.#leave(error);
    this.destroy();
  }

  head({ status, headers }: ResponseHead): void {
    const { "keep-alive": keepAlive } = headers;
    this.#keepAlive = typeof keepAlive === "string" ? keepAlive : undefined;
    this.#handler?.onResponseStart(this, status, headers);
  }

  data(bytes: Buffer): void {
    this.#handler?.onResponseData(this, bytes);
  }

  end(isReusable: boolean): void {
    const handler = this.#handler;
    this.#handler = undefined;
    const socket = this.#socket;
    const idleMs = idleMsOf(this.#keepAlive);
    // An answer that comes before all of the question is on its way says that nobody reads the rest.
    const isFree = isReusable && idleMs > 0 && socket.writableLength === 0 && this.isUsable;
    if (isFree) {
      if (socket.isPaused()) socket.resume();
      this.#idleUntilMs = performance.now() + idleMs;
      this.#owner.released(this);
    } else {
      this.destroy();
    }
    try {
      handler?.onResponseEnd();
    } catch (error) {
      handler?.onResponseError(this, error as Error);
    }
  }

  malformed(error: MalformedResponse): void {
    this.abort(error);
  }

  #leave(error: Error): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#unsent = undefined;
    handler?.onResponseError(this, error);
  }
}

function closedByRelay(): Error {
  return Object.assign(new Error("the relay has closed the connection"), { code: "ECONNRESET" });
}

/** How long a connection may be idle, by the `keep-alive` header of an answer. */
function idleMsOf(keepAlive: string | undefined): number {
  if (keepAlive === undefined) return defaultIdleMs;
  const seconds = /(?:^|[,;\t ])timeout=(\d{1,6})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? defaultIdleMs : Math.min(Number(seconds) * 1_000 - idleMarginMs, maxIdleMs);
}
