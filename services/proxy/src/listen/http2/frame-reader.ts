import { ConnectionError, errorCode, frameHeadBytes, frameType, maxFrameBytes } from "./protocol.js";

/** A frame as it came. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** The stream's number; 0: it is the connection's. */
  readonly streamId: number;
  /** Where the payload is. Nobody writes to them any more. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** What every client begins with. @see https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const clientPreface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Finds the frames in the bytes that a client sends. */
export class FrameReader {
  /** What has come of the preface, or of a frame's head, that is not whole. */
  readonly #begun = Buffer.alloc(clientPreface.byteLength);
  #begunBytes = 0;
  #hasPreface = false;
  /** A frame whose payload is not whole, in a buffer of its own. */
  #frame: Frame | undefined;
  #payloadBytes = 0;

  /** Whether it waits for the rest of a frame of headers. */
  get isAmidHeaders(): boolean {
    const type = this.#frame?.type;
    return type === frameType.headers || type === frameType.continuation;
  }

  /**
   * Gives the frames that these bytes complete to `take`, for as long as it says that it takes more.
   *
   * @throws ConnectionError where they are no HTTP/2, or a frame is larger than it may be; whatever `take` throws
   */
  read(chunk: Buffer, take: (frame: Frame) => boolean): void {
    let at = this.#hasPreface ? 0 : this.#readPreface(chunk);
    while (at < chunk.byteLength) {
      const begun = this.#frame;
      let frame: Frame;
      if (begun !== undefined) {
        const copied = chunk.copy(begun.bytes, this.#payloadBytes, at);
        at += copied;
        this.#payloadBytes += copied;
        if (this.#payloadBytes < begun.to) return;
        this.#frame = undefined;
        frame = begun;
      } else if (this.#begunBytes === 0 && chunk.byteLength - at >= frameHeadBytes) {
        frame = this.#frameAt(chunk, at, chunk, at + frameHeadBytes);
        at += frameHeadBytes;
        if (frame.bytes === chunk) at = frame.to;
      } else {
        at += this.#keep(chunk, at, frameHeadBytes);
        if (this.#begunBytes < frameHeadBytes) return;
        this.#begunBytes = 0;
        frame = this.#frameAt(this.#begun, 0, chunk, at);
        if (frame.bytes === chunk) at = frame.to;
      }
      if (this.#frame === undefined && !take(frame)) return;
    }
  }

  /** The frame with this head, whose payload begins in the chunk: where it does not end there, it is to come. */
  #frameAt(head: Buffer, at: number, chunk: Buffer, from: number): Frame {
    const length = head.readUIntBE(at, 3);
    if (length > maxFrameBytes) throw new ConnectionError(errorCode.frameSizeError, "a frame is too large");
    const type = head[at + 3] ?? 0;
    const flags = head[at + 4] ?? 0;
    const streamId = head.readUInt32BE(at + 5) & 0x7fffffff;
    if (chunk.byteLength - from >= length) return { type, flags, streamId, bytes: chunk, from, to: from + length };
    this.#payloadBytes = 0;
    this.#frame = { type, flags, streamId, bytes: Buffer.allocUnsafeSlow(length), from: 0, to: length };
    return this.#frame;
  }

  #readPreface(chunk: Buffer): number {
    const before = this.#begunBytes;
    const read = this.#keep(chunk, 0, clientPreface.byteLength);
    if (this.#begun.compare(clientPreface, before, before + read, before, before + read) !== 0)
      throw new ConnectionError(errorCode.protocolError, "the preface is none of HTTP/2");
    if (this.#begunBytes < clientPreface.byteLength) return read;
    this.#hasPreface = true;
    this.#begunBytes = 0;
    return read;
  }

  /** Keeps bytes until there are so many, and says how many it has taken. */
  #keep(chunk: Buffer, from: number, wanted: number): number {
    const read = chunk.copy(this.#begun, this.#begunBytes, from, from + wanted - this.#begunBytes);
    this.#begunBytes += read;
    return read;
  }
}
