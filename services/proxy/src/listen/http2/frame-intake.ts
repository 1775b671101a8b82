import type { ConnectionOutput } from "./connection-output.js";
import type { FrameLimits } from "./frame-limits.js";
import type { Frame } from "./frame-reader.js";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.js";
import type { Http2Stream } from "./http2-stream.js";
import {
  ConnectionError,
  connectionWindowBytes,
  defaultWindowBytes,
  errorCode,
  flag,
  frameType,
  maxInt31,
  protocolError,
  sizeError,
} from "./protocol.js";
import { ReceiveWindow } from "./receive-window.js";
import { windowSizeFrom } from "./settings.js";
import { unpadded } from "./unpadded.js";

/** What becomes of what a peer sends. */
export interface IntakeConnection {
  readonly output: ConnectionOutput;
  readonly limits: FrameLimits;
  readonly streams: ReadonlyMap<number, Http2Stream>;
  /** Whether nothing more is taken. */
  readonly isOver: boolean;
  /** Opens a stream, or refuses it. */
  open(block: HeaderBlock): void;
  /** Notes that more of a stream's body has come, or its end. */
  noteArrived(stream: Http2Stream): void;
  /** Ends a stream whose peer does not keep to the protocol. */
  failStream(stream: Http2Stream, code: number): void;
  /** Ends one that is not known any more; nothing, where we have reset it: what comes was on its way. */
  failClosedStream(streamId: number, code: number): void;
  /** Whether we have reset a stream that is not known any more. */
  wasReset(streamId: number): boolean;
  /** Forgets a stream that its peer has reset. */
  finish(stream: Http2Stream): void;
  /** The peer agrees to our settings. */
  settled(): void;
  /** The peer leaves. */
  leave(): void;
}

/**
 * Takes the frames that a peer sends, and holds them to the protocol. A stream's fault ends the stream, any other throws a
 * ConnectionError.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6
 */
export class FrameIntake {
  readonly #connection: IntakeConnection;
  readonly #blocks: HeaderBlocks;
  readonly #window = new ReceiveWindow(connectionWindowBytes);
  #hasSettings = false;

  constructor(connection: IntakeConnection, maxHeaderBytes: number) {
    this.#connection = connection;
    this.#blocks = new HeaderBlocks(maxHeaderBytes, (streamId) => connection.streams.has(streamId));
  }

  /** The highest number that a stream had. */
  lastStreamId = 0;

  /** How many headers have come whole. */
  wholeBlocks = 0;

  /** What the peer lets each new stream send, in bytes. */
  streamWindow = defaultWindowBytes;

  /** Whether headers have begun that are not whole. */
  get isAmidHeaders(): boolean {
    return this.#blocks.begunId !== undefined;
  }

  /** Nobody holds so much of the streams' bodies any more. */
  taken(bytes: number): void {
    const widened = this.#window.take(bytes);
    if (widened > 0) this.#connection.output.windowUpdate(0, widened);
  }

  /** Says whether it takes more. */
  readonly take = (frame: Frame): boolean => {
    const { type, streamId } = frame;
    const { begunId } = this.#blocks;
    if (!this.#hasSettings && type !== frameType.settings) throw protocolError("the first frame is not SETTINGS");
    if (begunId !== undefined && (type !== frameType.continuation || streamId !== begunId))
      throw protocolError("headers are interrupted");
    switch (type) {
      case frameType.data:
        this.#takeData(frame);
        break;
      case frameType.headers:
        this.#takeBlock(this.#blocks.takeHeaders(frame));
        break;
      case frameType.priority:
        this.#takePriority(frame);
        break;
      case frameType.resetStream:
        this.#takeReset(frame);
        break;
      case frameType.settings:
        this.#takeSettings(frame);
        break;
      case frameType.pushPromise:
        throw protocolError("a client cannot push");
      case frameType.ping:
        this.#takePing(frame);
        break;
      case frameType.goAway:
        if (streamId !== 0) throw protocolError("GOAWAY is no stream's");
        if (lengthOf(frame) < 8) throw sizeError("GOAWAY");
        this.#connection.limits.spendIdleFrame();
        this.#connection.leave();
        break;
      case frameType.windowUpdate:
        this.#takeWindowUpdate(frame);
        break;
      case frameType.continuation:
        this.#connection.limits.spendIdleFrame();
        this.#takeBlock(this.#blocks.takeContinuation(frame));
        break;
      // Others mean nothing to us (RFC 9113, section 5.5).
      default:
        this.#connection.limits.spendIdleFrame();
    }
    return !this.#connection.isOver;
  };

  /** Takes headers that have come whole: those of a new stream, or the trailers of one. */
  #takeBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    this.wholeBlocks += 1;
    const { streamId } = block;
    const stream = this.#connection.streams.get(streamId);
    if (stream !== undefined) {
      this.#takeTrailers(stream, block);
    } else if (streamId > this.lastStreamId) {
      this.lastStreamId = streamId;
      this.#connection.open(block);
    } else if (this.#connection.wasReset(streamId)) {
      this.#connection.limits.spendIdleFrame();
    } else {
      throw new ConnectionError(errorCode.streamClosed, "headers for a stream that is closed");
    }
  }

  #takeTrailers(stream: Http2Stream, { isLast, isSelfDependent, fields }: HeaderBlock): void {
    const isRight = isLast && !isSelfDependent && fields.failure === undefined;
    if (stream.isWhole) this.#connection.failStream(stream, errorCode.streamClosed);
    else if (!isRight || !stream.arrive(noBytes, true)) this.#connection.failStream(stream, errorCode.protocolError);
    else this.#connection.noteArrived(stream);
  }

  #takeData(frame: Frame): void {
    const { streamId, flags, bytes } = frame;
    const [from, to] = unpadded(frame);
    const arrivedBytes = lengthOf(frame);
    if (!this.#window.arrive(arrivedBytes))
      throw new ConnectionError(errorCode.flowControlError, "more has come than the connection's window");
    const stream = this.#connection.streams.get(streamId);
    if (stream === undefined) {
      this.#requireBegun(streamId);
      this.#connection.limits.spendIdleFrame();
      this.taken(arrivedBytes);
      this.#connection.failClosedStream(streamId, errorCode.streamClosed);
      return;
    }
    const isLast = (flags & flag.endStream) !== 0;
    if (!isLast && to === from) this.#connection.limits.spendIdleFrame();
    const isOpen = !stream.isWhole;
    const hasRoom = stream.receiveWindow.arrive(arrivedBytes);
    const isRight = isOpen && hasRoom && stream.arrive(bytes.subarray(from, to), isLast);
    // What the request did not get it will not give back.
    const lostBytes = arrivedBytes - (isRight ? to - from : 0);
    if (lostBytes > 0) stream.taken(lostBytes);
    if (isRight) this.#connection.noteArrived(stream);
    else if (!isOpen) this.#connection.failStream(stream, errorCode.streamClosed);
    else this.#connection.failStream(stream, hasRoom ? errorCode.protocolError : errorCode.flowControlError);
  }

  #takePriority(frame: Frame): void {
    const { streamId, bytes, from } = frame;
    if (streamId === 0) throw protocolError("PRIORITY is a stream's");
    this.#connection.limits.spendIdleFrame();
    const hasLength = lengthOf(frame) === 5;
    if (hasLength && (bytes.readUInt32BE(from) & maxInt31) !== streamId) return;
    const code = hasLength ? errorCode.protocolError : errorCode.frameSizeError;
    const stream = this.#connection.streams.get(streamId);
    if (stream === undefined) throw new ConnectionError(code, "PRIORITY is malformed");
    this.#connection.failStream(stream, code);
  }

  #takeReset(frame: Frame): void {
    if (lengthOf(frame) !== 4) throw sizeError("RST_STREAM");
    this.#requireBegun(frame.streamId);
    this.#connection.limits.spendReset();
    const stream = this.#connection.streams.get(frame.streamId);
    if (stream !== undefined) this.#connection.finish(stream);
  }

  #takeSettings(frame: Frame): void {
    const { streamId, flags, bytes, from, to } = frame;
    if (streamId !== 0) throw protocolError("SETTINGS are no stream's");
    this.#connection.limits.spendIdleFrame();
    if ((flags & flag.acknowledged) !== 0) {
      if (to > from) throw sizeError("SETTINGS");
      if (!this.#hasSettings) throw protocolError("the first frame is not SETTINGS");
      this.#connection.settled();
      return;
    }
    this.#hasSettings = true;
    const windowSize = windowSizeFrom(bytes.subarray(from, to)) ?? this.streamWindow;
    this.#connection.output.settings(undefined);
    const widened = windowSize - this.streamWindow;
    if (widened === 0) return;
    this.streamWindow = windowSize;
    for (const stream of this.#connection.streams.values()) if (!stream.widen(widened)) throw windowError();
    this.#connection.output.advance();
  }

  #takePing(frame: Frame): void {
    const { streamId, flags, bytes, from, to } = frame;
    if (streamId !== 0) throw protocolError("PING is no stream's");
    if (lengthOf(frame) !== 8) throw sizeError("PING");
    this.#connection.limits.spendIdleFrame();
    if ((flags & flag.acknowledged) === 0) this.#connection.output.pingAnswer(bytes.subarray(from, to));
  }

  #takeWindowUpdate(frame: Frame): void {
    const { streamId, bytes, from } = frame;
    if (lengthOf(frame) !== 4) throw sizeError("WINDOW_UPDATE");
    this.#connection.limits.spendIdleFrame();
    const widened = bytes.readUInt32BE(from) & maxInt31;
    const stream = this.#connection.streams.get(streamId);
    if (streamId === 0) {
      if (widened === 0) throw protocolError("a window is widened by nothing");
      if (!this.#connection.output.widen(widened)) throw windowError();
    } else if (stream === undefined) {
      this.#requireBegun(streamId);
    } else if (widened === 0) {
      this.#connection.failStream(stream, errorCode.protocolError);
    } else if (!stream.widen(widened)) {
      this.#connection.failStream(stream, errorCode.flowControlError);
    }
    this.#connection.output.advance();
  }

  /** A frame for a stream that nobody has opened is an error, one for a stream that is closed may have been on its way. */
  #requireBegun(streamId: number): void {
    if (streamId % 2 === 0 || streamId > this.lastStreamId)
      throw protocolError("a frame for a stream that was not opened");
  }
}

const noBytes = Buffer.alloc(0);

function lengthOf({ from, to }: Frame): number {
  return to - from;
}

function windowError(): ConnectionError {
  return new ConnectionError(errorCode.flowControlError, "a window is too large");
}
