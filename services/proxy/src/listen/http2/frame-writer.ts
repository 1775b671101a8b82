import type { Duplex } from "node:stream";
import { flag, frameHeadBytes, frameType, maxFrameBytes } from "./protocol.js";

const slabBytes = 16_384;
/** So many bytes of an answer are copied, to be sent in one piece with the frames around them; more are sent as they are. */
const maxCopiedBytes = 4_096;
/** Slabs whose bytes are on their way, for all connections: as many as may be in use in one turn of the event loop. */
const freeSlabs: Buffer[] = [];
const maxFreeSlabs = 64;

/** Hears once that what was written has been taken, or why not. */
export interface WrittenListener {
  written(error?: Error | null): void;
}

/** Those that have something to send in this turn of the event loop. */
let waiting: FrameWriter[] = [];

function flushAll(): void {
  const writers = waiting;
  waiting = [];
  for (const writer of writers) writer.flush();
}

/** What a connection does with its frames. */
export interface FrameOwner {
  /** Whether more may be written in this turn of the event loop, by others. */
  readonly isShared: boolean;
  /** Hears that the system has taken all that was handed over to it. */
  taken(): void;
}

/**
 * Writes the frames of one connection. What several calls write in one turn of the event loop leaves at its end, in one piece. What a
 * call writes that is alone leaves once it has done what it does: to wait for the end of the turn would be a sixth of a millisecond of a
 * call that finds the process idle. While the system has not taken what was before, it is kept to follow.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-4.1
 */
export class FrameWriter {
  readonly #socket: Duplex;
  readonly #owner: FrameOwner;
  #slab: Buffer | undefined;
  /** Where in the slab it goes on, and from where on it has not been handed over. */
  #at = 0;
  #from = 0;
  #pieces: Uint8Array[] = [];
  #pendingBytes = 0;
  #isWaiting = false;
  #writingSinceMs: number | undefined;
  /** Who wants to hear of what is pending, and of what is on its way. */
  #listeners: WrittenListener[] = [];
  #nextListeners: WrittenListener[] = [];

  readonly #written = (error?: Error | null) => {
    this.#writingSinceMs = undefined;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.written(error);
    this.#owner.taken();
    if (this.#pendingBytes > 0) this.flush();
  };

  readonly #flush = () => this.flush();

  constructor(socket: Duplex, owner: FrameOwner) {
    this.#socket = socket;
    this.#owner = owner;
  }

  /** What waits to be sent, in bytes. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether the system has not taken all that was handed over to it. */
  get isWriting(): boolean {
    return this.#writingSinceMs !== undefined;
  }

  /** Since when it has not, in milliseconds as of `performance.now`. */
  get writingSinceMs(): number | undefined {
    return this.#writingSinceMs;
  }

  /** Has a listener called once the system has taken what was written so far, or why it never will. */
  whenWritten(listener: WrittenListener): void {
    if (this.#pendingBytes > 0) this.#nextListeners.push(listener);
    else if (this.isWriting) this.#listeners.push(listener);
    else process.nextTick(() => listener.written());
  }

  /** Tells those who wait that nothing is written any more. */
  close(error: Error): void {
    const listeners = [...this.#listeners, ...this.#nextListeners];
    this.#listeners = [];
    this.#nextListeners = [];
    for (const listener of listeners) listener.written(error);
  }

  /** Writes the block of some headers, in as many frames as it takes. */
  headers(streamId: number, block: string, isLast: boolean): void {
    let type: number = frameType.headers;
    let flags: number = isLast ? flag.endStream : 0;
    let rest = block;
    for (; rest.length > maxFrameBytes; rest = rest.slice(maxFrameBytes)) {
      this.#head(maxFrameBytes, type, flags, streamId);
      this.#text(rest.slice(0, maxFrameBytes));
      [type, flags] = [frameType.continuation, 0];
    }
    this.#head(rest.length, type, flags | flag.endHeaders, streamId);
    this.#text(rest);
  }

  /** Writes a part of an answer, of at most `maxFrameBytes`. Nobody may write to the bytes any more. */
  data(streamId: number, bytes: Uint8Array, isLast: boolean): void {
    this.#head(bytes.byteLength, frameType.data, isLast ? flag.endStream : 0, streamId);
    if (bytes.byteLength > maxCopiedBytes) {
      this.#cut();
      this.#pieces.push(bytes);
    } else if (bytes.byteLength > 0) {
      const slab = this.#room(bytes.byteLength);
      slab.set(bytes, this.#at);
      this.#at += bytes.byteLength;
    }
    this.#pendingBytes += bytes.byteLength;
  }

  /** Writes a frame whose payload is a few numbers. */
  control(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.#head(payload.byteLength, type, flags, streamId);
    const slab = this.#room(payload.byteLength);
    slab.set(payload, this.#at);
    this.#at += payload.byteLength;
    this.#pendingBytes += payload.byteLength;
  }

  /** Writes a frame whose payload is one number: RST_STREAM or WINDOW_UPDATE. */
  number(type: number, streamId: number, value: number): void {
    this.#head(4, type, 0, streamId);
    const slab = this.#room(4);
    this.#at = slab.writeUInt32BE(value, this.#at);
    this.#pendingBytes += 4;
  }

  /** Hands over what was written, unless what was before is still on its way. */
  flush(): void {
    this.#isWaiting = false;
    if (this.isWriting || this.#pendingBytes === 0) return;
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    this.#cut();
    const pieces = this.#pieces;
    const last = pieces.pop() ?? noBytes;
    this.#pieces = [];
    this.#pendingBytes = 0;
    this.#writingSinceMs = performance.now();
    this.#listeners = this.#nextListeners;
    this.#nextListeners = [];
    if (pieces.length === 0) socket.write(last, this.#written);
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.write(last, this.#written);
      socket.uncork();
    }
    // What the system has taken at once nobody looks at any more.
    const slab = this.#slab;
    if (slab === undefined) return;
    if (socket.writableLength > 0) {
      if (this.#at === slab.byteLength) this.#slab = undefined;
    } else {
      this.#slab = undefined;
      if (freeSlabs.length < maxFreeSlabs) freeSlabs.push(slab);
    }
  }

  #head(length: number, type: number, flags: number, streamId: number): void {
    const slab = this.#room(frameHeadBytes);
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = streamId >>> 24;
    slab[at + 6] = streamId >>> 16;
    slab[at + 7] = streamId >>> 8;
    slab[at + 8] = streamId;
    this.#at = at + frameHeadBytes;
    this.#pendingBytes += frameHeadBytes;
    if (this.#isWaiting || this.isWriting) return;
    this.#isWaiting = true;
    if (!this.#owner.isShared) process.nextTick(this.#flush);
    else if (waiting.push(this) === 1) setImmediate(flushAll);
  }

  #text(text: string): void {
    const slab = this.#room(text.length);
    slab.write(text, this.#at, "latin1");
    this.#at += text.length;
    this.#pendingBytes += text.length;
  }

  /** The slab, with room for so many bytes in one piece: at most `slabBytes`. */
  #room(bytes: number): Buffer {
    const slab = this.#slab;
    if (slab !== undefined && slab.byteLength - this.#at >= bytes) return slab;
    this.#cut();
    this.#at = 0;
    this.#from = 0;
    this.#slab = freeSlabs.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
    return this.#slab;
  }

  /** What was written to the slab is a piece. */
  #cut(): void {
    if (this.#slab !== undefined && this.#at > this.#from) this.#pieces.push(this.#slab.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}

const noBytes = new Uint8Array(0);
