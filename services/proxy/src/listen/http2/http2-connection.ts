import type { Socket } from "node:net";
import type { Http2Peer } from "../port-servers.js";
import { requestRefusalOf } from "../request-refusal.js";
import { stallMs } from "../when-taken.js";
import { ConnectionOutput, type OutputOwner } from "./connection-output.js";
import { FrameIntake, type IntakeConnection } from "./frame-intake.js";
import { FrameLimits } from "./frame-limits.js";
import { FrameReader } from "./frame-reader.js";
import { statusBlockOf } from "./header-block.js";
import type { HeaderBlock } from "./header-blocks.js";
import { Http2Stream, type StreamConnection } from "./http2-stream.js";
import {
  ConnectionError,
  connectionWindowBytes,
  defaultWindowBytes,
  errorCode,
  maxInt31,
  setting,
} from "./protocol.js";
import { settingsPayload } from "./settings.js";
import type { StreamRequest } from "./stream-request.js";
import type { StreamResponse } from "./stream-response.js";

/** What connections of HTTP/2 need. */
export interface Http2Options {
  readonly listener: (request: StreamRequest, response: StreamResponse) => void;
  /** How long a peer may take to agree to our settings, in milliseconds. */
  readonly firstByteMs: number;
  /** How long the headers of a request may take to come, in milliseconds. */
  readonly headersMs: number;
  /** How long a connection may have no stream, in milliseconds. */
  readonly idleSessionMs: number;
  /** Of one request, in bytes. */
  readonly maxHeaderBytes: number;
  /** At once; one more is refused (REFUSED_STREAM), which clients may retry. */
  readonly maxStreamsPerConnection: number;
}

/** How many streams that we have reset are known: what was on its way of them is no error. */
const maxResetIds = 1_024;
/** What Node reads at once, in bytes: where it is all of that, there is more to read. */
const fullReadBytes = 65_536;
/** How long a connection that has ended may take to say goodbye, in milliseconds. */
const goodbyeMs = 1_000;

/**
 * A connection of HTTP/2, whose peer is not trusted: what does not keep to the protocol, or takes more than its share, ends it. States:
 * open · leaving (no new streams, closed with the last one) · over (nothing more is taken, the last is on its way) · closed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
export class Http2Connection implements StreamConnection, IntakeConnection, OutputOwner, Http2Peer {
  readonly socket: Socket;
  readonly output: ConnectionOutput;
  readonly limits = new FrameLimits();
  readonly streams = new Map<number, Http2Stream>();
  isOver = false;
  readonly #options: Http2Options;
  readonly #onClosed: () => void;
  readonly #reader = new FrameReader();
  readonly #intake: FrameIntake;
  readonly #resetIds = new Set<number>();
  /** Streams that were opened, and those whose bodies have come on, since calls were begun last. */
  #opened: Http2Stream[] = [];
  #arrived: Http2Stream[] = [];
  #isLeaving = false;
  #hasOverflown = false;
  #idleSinceMs = performance.now();
  /** Headers that have not come whole, by how many came before them. */
  #begunHeaders: { readonly wholeBlocks: number; readonly sinceMs: number } | undefined;
  readonly #silence: NodeJS.Timeout;

  /** Takes a connection that nobody listens to. @param onClosed hears once that it has closed */
  constructor(socket: Socket, options: Http2Options, onClosed: () => void) {
    this.socket = socket;
    this.#options = options;
    this.#onClosed = onClosed;
    this.output = new ConnectionOutput(socket, this);
    this.#intake = new FrameIntake(this, options.maxHeaderBytes);
    socket.on("data", (chunk: Buffer) => this.read(chunk));
    // A peer that closes its half is gone.
    socket.on("end", () => socket.destroy()).on("error", () => socket.destroy());
    socket.once("close", () => this.#close());
    this.#silence = setTimeout(() => this.destroy(), options.firstByteMs);
    const ours = new Map<number, number>([
      [setting.maxConcurrentStreams, options.maxStreamsPerConnection],
      [setting.maxHeaderListSize, options.maxHeaderBytes],
    ]);
    this.output.settings(settingsPayload(ours));
    this.output.windowUpdate(0, connectionWindowBytes - defaultWindowBytes);
  }

  get isShared(): boolean {
    return this.streams.size > 1;
  }

  /** Takes bytes that have come. */
  read(chunk: Buffer): void {
    if (this.isOver) return;
    try {
      this.#reader.read(chunk, this.#intake.take);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
      return;
    }
    const { isAmidHeaders, wholeBlocks } = this.#intake;
    if (!(isAmidHeaders || this.#reader.isAmidHeaders)) this.#begunHeaders = undefined;
    else if (this.#begunHeaders?.wholeBlocks !== wholeBlocks)
      this.#begunHeaders = { wholeBlocks, sinceMs: performance.now() };
    // A flood resets its streams in the same breath, and to begin a call and cancel it costs as much as a call: more than the limit of
    // resets could stop.
    if (chunk.byteLength >= fullReadBytes) setImmediate(() => this.#begin());
    else this.#begin();
  }

  sayGoAway(): void {
    if (!this.isOver) this.output.goAway(maxInt31, errorCode.noError, "");
  }

  leave(): void {
    if (this.isOver || this.#isLeaving) return;
    this.#isLeaving = true;
    this.output.goAway(this.#intake.lastStreamId, errorCode.noError, "");
    this.#endIfLeft();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** To be called every now and then: ends a connection whose peer lets it wait for too long. */
  look(): void {
    if (this.isOver) return;
    const nowMs = performance.now();
    const { headersMs, idleSessionMs } = this.#options;
    if (nowMs - (this.output.writingSinceMs ?? nowMs) > stallMs) this.destroy();
    else if (nowMs - (this.#begunHeaders?.sinceMs ?? nowMs) > headersMs) this.#fail(tooSlow());
    else if (this.streams.size === 0 && nowMs - this.#idleSinceMs >= idleSessionMs) this.leave();
  }

  open({ streamId, isLast, isSelfDependent, fields: { headers, failure } }: HeaderBlock): void {
    if (this.#isLeaving || this.streams.size >= this.#options.maxStreamsPerConnection) {
      this.#refuse(streamId, errorCode.refusedStream);
      return;
    }
    if (isSelfDependent || failure === "malformed") {
      this.#refuse(streamId, errorCode.protocolError);
      return;
    }
    const stream = new Http2Stream(streamId, headers, this.#intake.streamWindow, this);
    this.streams.set(streamId, stream);
    if (isLast && !stream.arrive(noBytes, true)) this.failStream(stream, errorCode.protocolError);
    else if (failure === undefined) this.#opened.push(stream);
    else {
      this.limits.spendReset();
      stream.response.statusCode = 431;
      stream.response.end();
    }
  }

  noteArrived(stream: Http2Stream): void {
    if (stream.hasArrived) return;
    stream.hasArrived = true;
    this.#arrived.push(stream);
  }

  noteSent(): void {
    this.limits.noteSent();
  }

  overflow(): void {
    if (this.#hasOverflown) return;
    this.#hasOverflown = true;
    const error = new ConnectionError(errorCode.enhanceYourCalm, "too much is asked for and nothing read");
    // Not at once: who is writing an answer does not expect to hear meanwhile that its stream is closed.
    setImmediate(() => this.#fail(error));
  }

  settled(): void {
    clearTimeout(this.#silence);
  }

  taken(bytes: number, stream: Http2Stream): void {
    if (this.isOver) return;
    this.#intake.taken(bytes);
    const widened = stream.isWhole || stream.isClosed ? 0 : stream.receiveWindow.take(bytes);
    if (widened > 0) this.output.windowUpdate(stream.id, widened);
  }

  wasReset(streamId: number): boolean {
    return this.#resetIds.has(streamId);
  }

  failStream(stream: Http2Stream, code: number): void {
    this.limits.spendReset();
    this.reset(stream, code);
  }

  failClosedStream(streamId: number, code: number): void {
    if (!this.wasReset(streamId)) this.#refuse(streamId, code);
  }

  reset(stream: Http2Stream, code: number): void {
    if (stream.isClosed || this.isOver) return;
    this.#sendReset(stream.id, code);
    this.finish(stream);
  }

  finish(stream: Http2Stream): void {
    this.streams.delete(stream.id);
    this.output.forget(stream);
    if (this.streams.size === 0) this.#idleSinceMs = performance.now();
    stream.close();
    this.#endIfLeft();
  }

  /** Begins the calls that have come, and gives the bodies that have come on. */
  #begin(): void {
    const opened = this.#opened;
    const arrived = this.#arrived;
    if (opened.length > 0) this.#opened = [];
    if (arrived.length > 0) this.#arrived = [];
    for (const stream of opened) if (!stream.isClosed) this.#beginCall(stream);
    for (const stream of arrived) {
      stream.hasArrived = false;
      if (!stream.response.writableEnded) stream.request.deliver();
    }
  }

  #beginCall({ id, request, response }: Http2Stream): void {
    const refusal = requestRefusalOf(request.headers);
    if (refusal !== undefined) {
      response.statusCode = refusal;
      response.end();
      return;
    }
    if (request.headers.expect !== undefined) this.output.headers(id, statusBlockOf(100), false);
    this.#options.listener(request, response);
  }

  /** Ends a stream that has not begun, or is not known any more. */
  #refuse(streamId: number, code: number): void {
    this.limits.spendReset();
    this.#sendReset(streamId, code);
  }

  #sendReset(streamId: number, code: number): void {
    this.output.resetStream(streamId, code);
    this.#resetIds.add(streamId);
    const [oldestId = 0] = this.#resetIds;
    if (this.#resetIds.size > maxResetIds) this.#resetIds.delete(oldestId);
  }

  #endIfLeft(): void {
    if (!this.#isLeaving || this.isOver || this.streams.size > 0) return;
    this.isOver = true;
    this.#sayGoodbye();
  }

  #fail({ code, message }: ConnectionError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.output.goAway(this.#intake.lastStreamId, code, message);
    this.#closeStreams();
    this.#sayGoodbye();
  }

  /** Closes once what was sent is on its way. */
  #sayGoodbye(): void {
    const { socket } = this;
    this.output.whenWritten({ written: () => socket.destroySoon() });
    if (!this.output.flush()) socket.destroySoon();
    const timer = setTimeout(() => this.destroy(), goodbyeMs);
    socket.once("close", () => clearTimeout(timer));
  }

  #close(): void {
    clearTimeout(this.#silence);
    this.isOver = true;
    this.output.close();
    this.#closeStreams();
    this.#onClosed();
  }

  #closeStreams(): void {
    const streams = [...this.streams.values()];
    this.streams.clear();
    for (const stream of streams) stream.close();
  }
}

const noBytes = Buffer.alloc(0);

function tooSlow(): ConnectionError {
  return new ConnectionError(errorCode.enhanceYourCalm, "headers take too long");
}
