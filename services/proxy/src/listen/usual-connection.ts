import type { Socket } from "node:net";
import { atEndOfTurn } from "@meridian/relay";
import { usualBodyOf } from "./usual-body.js";
import { UsualRequest, UsualResponse, type UsualResponseConnection } from "./usual-exchange.js";
import { type UsualHead, usualHeadOf } from "./usual-head.js";

/** What connections of HTTP/1.1 need. */
export interface UsualHttp1Options {
  readonly listener: (request: UsualRequest, response: UsualResponse) => void;
  /** Takes a connection over for good, with the bytes that have been read of it: nobody listens to it any more. */
  readonly takeOver: (socket: Socket, bytes: Buffer) => void;
  /** How long a connection may be idle, in milliseconds. */
  readonly keepAliveMs: number;
  /** Of one request, in bytes. */
  readonly maxHeaderBytes: number;
}

/** Connections of HTTP/1.1 whose requests have been usual so far. */
export interface UsualHttp1 {
  /** Takes a connection that nobody listens to, and the bytes that have been read of it. */
  add(socket: Socket, bytes: Buffer): void;
  /** Closes those that answer nothing. */
  closeIdle(): void;
}

/** The largest request that is read here, in bytes: no more than Node reads at once. */
const maxRequestBytes = 65_536;

/** How much longer than it is told a caller may be idle, in milliseconds. */
const graceMs = 1_000;

/** How long the rest of a request may take to come, in milliseconds. */
const restMs = 100;

/**
 * Creates what answers usual requests of HTTP/1.1, see `usualHeadOf`, that come whole within a moment: Node's parser, requests and
 * responses are a third of what a raw Node server takes for a call. With the first request that is another, its connection goes to Node.
 */
export function createUsualHttp1(options: UsualHttp1Options): UsualHttp1 {
  const connections = new Set<UsualConnection>();
  const keepAliveSeconds = Math.floor(options.keepAliveMs / 1_000);
  const keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${keepAliveSeconds}\r\n`;
  const shared = { ...options, connections, keepAliveLines };
  return {
    add: (socket, bytes) => new UsualConnection(socket, shared).read(bytes),
    closeIdle() {
      for (const connection of connections) connection.closeIdle();
    },
  };
}

/** What all connections have in common. */
interface Shared extends UsualHttp1Options {
  readonly connections: Set<UsualConnection>;
  readonly keepAliveLines: string;
}

/** A request whose rest has not come. */
interface BegunRequest {
  readonly head: UsualHead;
  readonly timer: NodeJS.Timeout;
}

class UsualConnection implements UsualResponseConnection {
  readonly socket: Socket;
  readonly #shared: Shared;
  /** The answer under way. */
  #response: UsualResponse | undefined;
  /** What has come and was not taken: of a request that is not whole, or of those after the one that is answered. */
  #unread: Buffer | undefined;
  #begun: BegunRequest | undefined;

  readonly #onData = (chunk: Buffer) => this.read(chunk);
  readonly #onDrain = () => void this.#response?.drain();
  readonly #onEnd = () => void this.socket.end();
  readonly #onError = () => void this.socket.destroy();
  readonly #onTimeout = () => this.closeIdle();
  readonly #onClose = () => this.#closed();

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
    shared.connections.add(this);
    // Later than the caller is told, whose next request may be on its way.
    socket.setTimeout(shared.keepAliveMs + graceMs);
    socket.on("data", this.#onData).on("drain", this.#onDrain).on("end", this.#onEnd);
    socket.on("error", this.#onError).on("timeout", this.#onTimeout).on("close", this.#onClose);
  }

  get keepAliveLines(): string {
    return this.#shared.keepAliveLines;
  }

  /** Takes bytes that have come. */
  read(chunk: Buffer): void {
    const bytes = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk]);
    if (this.#response === undefined) {
      // The calls that come in one turn are begun one right after the other: the code finds the CPU's caches warm. Where as much has come as
      // is read at once, more may come in this turn, on top of what waits.
      this.#begin(bytes, chunk.byteLength < maxRequestBytes ? atEndOfTurn : atOnce);
      return;
    }
    this.#unread = bytes;
    // The caller has to wait with its requests for the one that is answered. That it goes is not heard meanwhile.
    if (bytes.byteLength > maxRequestBytes) this.socket.pause();
  }

  answered(isLast: boolean): void {
    this.#response = undefined;
    if (isLast || this.socket.writableEnded) {
      this.socket.destroySoon();
      return;
    }
    const bytes = this.#unread;
    if (bytes === undefined) return;
    this.#unread = undefined;
    if (bytes.byteLength <= maxRequestBytes && this.socket.isPaused()) this.socket.resume();
    this.#begin(bytes, atOnce);
  }

  closeIdle(): void {
    if (this.#response === undefined && this.#begun === undefined) this.socket.destroy();
  }

  /** Has the first request of these bytes answered when it is time to, or waits for the rest of it. */
  #begin(bytes: Buffer, inTime: (answer: () => void) => void): void {
    const { listener, maxHeaderBytes } = this.#shared;
    const head = this.#begun?.head ?? usualHeadOf(bytes, maxHeaderBytes);
    const read = head && usualBodyOf(bytes, head, maxRequestBytes);
    if (head === undefined || read === undefined) {
      this.#leave(bytes);
      return;
    }
    if (read === "unfinished") {
      this.#unread = bytes;
      this.#begun ??= { head, timer: setTimeout(() => this.#leave(this.#unread ?? bytes), restMs) };
      return;
    }
    this.#forget();
    if (bytes.byteLength > read.end) this.#unread = bytes.subarray(read.end);
    const request = new UsualRequest(head, read.body, this.socket);
    const response = new UsualResponse(this);
    this.#response = response;
    inTime(() => {
      if (!response.destroyed) listener(request, response);
    });
  }

  #leave(bytes: Buffer): void {
    const { socket } = this;
    this.#forget();
    this.#shared.connections.delete(this);
    socket.setTimeout(0);
    socket.off("data", this.#onData).off("drain", this.#onDrain).off("end", this.#onEnd);
    socket.off("error", this.#onError).off("timeout", this.#onTimeout).off("close", this.#onClose);
    this.#shared.takeOver(socket, bytes);
  }

  /** Forgets what was read of a request that is not whole. */
  #forget(): void {
    clearTimeout(this.#begun?.timer);
    this.#begun = undefined;
    this.#unread = undefined;
  }

  #closed(): void {
    this.#forget();
    this.#shared.connections.delete(this);
    this.#response?.close();
  }
}

function atOnce(answer: () => void): void {
  answer();
}
