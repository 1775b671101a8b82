import type { IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionOutput, WaitingAnswer } from "./connection-output.js";
import type { WrittenListener } from "./frame-writer.js";
import { defaultWindowBytes, errorCode, maxInt31 } from "./protocol.js";
import { ReceiveWindow } from "./receive-window.js";
import { type RequestStream, StreamRequest } from "./stream-request.js";
import { type ResponseStream, StreamResponse, type Taken } from "./stream-response.js";

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const unreadBodyMs = 2_000;

/** What a stream does with its connection. */
export interface StreamConnection {
  readonly socket: Socket;
  readonly output: Pick<ConnectionOutput, "headers" | "data" | "waitForRoom" | "whenWritten">;
  /** The peer may send so many bytes again. */
  taken(bytes: number, stream: Http2Stream): void;
  /** Ends a stream by RST_STREAM. */
  reset(stream: Http2Stream, code: number): void;
  /** Forgets a stream, which has ended on both sides. */
  finish(stream: Http2Stream): void;
}

/**
 * A stream that a caller has opened. States: open · half-closed (remote), the request has come whole · half-closed (local), the answer
 * is on its way · closed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-5.1
 */
export class Http2Stream implements RequestStream, ResponseStream, WrittenListener, WaitingAnswer {
  readonly id: number;
  readonly request: StreamRequest;
  readonly response: StreamResponse;
  isClosed = false;
  /** Whether what has come of its body is to be given to who reads it. */
  hasArrived = false;
  readonly receiveWindow = new ReceiveWindow(defaultWindowBytes);
  readonly #connection: StreamConnection;
  /** What may be sent of its answer, in bytes; negative where the peer has made it smaller since. */
  #sendWindow: number;
  #isWaiting = false;
  /** What is to come of the body, in bytes; undefined where nobody has said. */
  #leftBytes: number | undefined;
  #unreadTimer: NodeJS.Timeout | undefined;

  constructor(id: number, headers: IncomingHttpHeaders, sendWindow: number, connection: StreamConnection) {
    this.id = id;
    this.#sendWindow = sendWindow;
    this.#connection = connection;
    const length = headers["content-length"];
    this.#leftBytes = length === undefined ? undefined : Number(length);
    this.request = new StreamRequest(headers, this);
    this.response = new StreamResponse(this, headers[":method"] === "HEAD");
  }

  get socket(): Socket {
    return this.#connection.socket;
  }

  /** Whether the request has come whole. */
  get isWhole(): boolean {
    return this.request.isWhole;
  }

  /** Makes room for its answer, or less of it. False: more than there may be. */
  widen(bytes: number): boolean {
    this.#sendWindow += bytes;
    if (this.#isWaiting && this.#sendWindow > 0) {
      this.#isWaiting = false;
      this.#connection.output.waitForRoom(this);
    }
    return this.#sendWindow <= maxInt31;
  }

  /** Takes what has come of the body. False: it is not as long as its headers say. */
  arrive(bytes: Buffer, isLast: boolean): boolean {
    if (this.#leftBytes !== undefined) {
      this.#leftBytes -= bytes.byteLength;
      if (this.#leftBytes < 0 || (isLast && this.#leftBytes > 0)) return false;
    }
    this.request.arrive(bytes, isLast);
    // Its answer is given.
    if (isLast && this.#unreadTimer !== undefined) this.#connection.finish(this);
    return true;
  }

  taken(bytes: number): void {
    this.#connection.taken(bytes, this);
  }

  sendHeaders(block: string, isLast: boolean): void {
    if (!this.isClosed) this.#connection.output.headers(this.id, block, isLast);
  }

  sendData(bytes: Uint8Array, isLast: boolean): number {
    if (this.isClosed || (bytes.byteLength === 0 && !isLast)) return bytes.byteLength;
    if (bytes.byteLength > 0 && this.#sendWindow <= 0) return 0;
    // The end takes no room, however negative the window is.
    const isCut = bytes.byteLength > Math.max(0, this.#sendWindow);
    const part = isCut ? bytes.subarray(0, this.#sendWindow) : bytes;
    const sent = this.#connection.output.data(this.id, part, isLast && !isCut);
    this.#sendWindow -= sent;
    return sent;
  }

  waitForRoom(): void {
    if (this.#sendWindow > 0) this.#connection.output.waitForRoom(this);
    else this.#isWaiting = true;
  }

  advance(): void {
    if (this.response.advance()) this.waitForRoom();
  }

  whenTaken(taken: Taken): void {
    this.#connection.output.whenWritten({ written: taken });
  }

  ended(): void {
    this.#connection.output.whenWritten(this);
  }

  cut(): void {
    this.#connection.reset(this, errorCode.internalError);
  }

  /** The system has taken the end of the answer. A request that has not ended is read away for a while, so that its caller gets to see it. */
  written(): void {
    if (this.isClosed) return;
    if (this.isWhole) {
      this.#connection.finish(this);
      return;
    }
    this.request.discard();
    this.#unreadTimer = setTimeout(() => this.#connection.reset(this, errorCode.noError), unreadBodyMs);
  }

  /** For the connection to say that it is closed: tells those who listen. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.#unreadTimer);
    this.request.close();
    this.response.close();
  }
}
