import type { Frame } from "./frame-reader.js";
import { HeaderDecoder } from "./header-decoder.js";
import { ConnectionError, errorCode, flag, maxInt31, protocolError, sizeError } from "./protocol.js";
import { RequestFields } from "./request-fields.js";
import { unpadded } from "./unpadded.js";

/** How much of a request's headers is kept until they have an end, in bytes, for each byte that they may have. */
const maxBlockFactor = 4;

/** Headers that have come whole. */
export interface HeaderBlock {
  readonly streamId: number;
  /** Whether the stream ends with them. */
  readonly isLast: boolean;
  /** Whether their stream is to wait for itself, which none can. */
  readonly isSelfDependent: boolean;
  readonly fields: RequestFields;
}

interface BegunBlock extends Omit<HeaderBlock, "fields"> {
  readonly parts: Buffer[];
  bytes: number;
}

/**
 * Puts the headers of a connection together. They are decoded in any case, whatever becomes of them: the ones after them may mean
 * what they have sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-4.3
 */
export class HeaderBlocks {
  readonly #decoder = new HeaderDecoder();
  readonly #maxBytes: number;
  readonly #isOpen: (streamId: number) => boolean;
  #begun: BegunBlock | undefined;

  /** @param maxBytes of one request. @param isOpen whether a stream has its headers, so that these are its trailers */
  constructor(maxBytes: number, isOpen: (streamId: number) => boolean) {
    this.#maxBytes = maxBytes;
    this.#isOpen = isOpen;
  }

  /** The stream of which CONTINUATION has to come next; undefined: any frame may. */
  get begunId(): number | undefined {
    return this.#begun?.streamId;
  }

  /** Takes a frame of HEADERS, and gives them where they are whole. Throws a ConnectionError, as `takeContinuation` does, where they are none. */
  takeHeaders(frame: Frame): HeaderBlock | undefined {
    const { streamId, flags, bytes } = frame;
    if (streamId % 2 === 0) throw protocolError("a client's streams have odd numbers");
    let [from, to] = unpadded(frame);
    let isSelfDependent = false;
    if ((flags & flag.priority) !== 0) {
      if (to - from < 5) throw sizeError("HEADERS");
      isSelfDependent = (bytes.readUInt32BE(from) & maxInt31) === streamId;
      from += 5;
    }
    const isLast = (flags & flag.endStream) !== 0;
    if ((flags & flag.endHeaders) !== 0) {
      const fields = this.#decode(streamId, bytes, from, to);
      return { streamId, isLast, isSelfDependent, fields };
    }
    this.#begun = { streamId, isLast, isSelfDependent, parts: [], bytes: 0 };
    this.#keep(this.#begun, bytes, from, to);
    return undefined;
  }

  /** Takes a frame of CONTINUATION, and gives the headers where they are whole with it. */
  takeContinuation({ flags, bytes, from, to }: Frame): HeaderBlock | undefined {
    const begun = this.#begun;
    if (begun === undefined) throw protocolError("CONTINUATION continues nothing");
    this.#keep(begun, bytes, from, to);
    if ((flags & flag.endHeaders) === 0) return undefined;
    this.#begun = undefined;
    const { streamId, isLast, isSelfDependent } = begun;
    const fields = this.#decode(streamId, Buffer.concat(begun.parts, begun.bytes), 0, begun.bytes);
    return { streamId, isLast, isSelfDependent, fields };
  }

  #keep(begun: BegunBlock, bytes: Buffer, from: number, to: number): void {
    begun.bytes += to - from;
    if (begun.bytes > this.#maxBytes * maxBlockFactor)
      throw new ConnectionError(errorCode.enhanceYourCalm, "headers are too large");
    // A copy: the rest of what was read with it would be held as well.
    begun.parts.push(Buffer.copyBytesFrom(bytes, from, to - from));
  }

  #decode(streamId: number, bytes: Buffer, from: number, to: number): RequestFields {
    const fields = new RequestFields(this.#maxBytes, this.#isOpen(streamId));
    this.#decoder.decode(bytes, from, to, fields);
    fields.end();
    return fields;
  }
}
