import type { Socket } from "node:net";
import { type FrameOwner, FrameWriter, type WrittenListener } from "./frame-writer.js";
import { noTableBlock } from "./header-block.js";
import { defaultWindowBytes, flag, frameType, maxFrameBytes, maxInt31 } from "./protocol.js";

/** How much of answers a connection keeps while the system takes nothing, in bytes; as much waits at the streams as each lets wait. */
const maxPendingBytes = 65_536;
/** How much of anything it keeps, in bytes: what is no body has no window. A thousand calls may fail at once, each with a page of details. */
const maxKeptBytes = 4_194_304;

/** An answer that waits for room. */
export interface WaitingAnswer {
  /** Sends at most one frame; waits again where it has more. */
  advance(): void;
}

/** What a connection does with what it sends. */
export interface OutputOwner {
  /** Whether several calls are open. */
  readonly isShared: boolean;
  /** A frame of a body is sent. */
  noteSent(): void;
  /** The peer asks for much, and reads nothing. */
  overflow(): void;
}

/**
 * What a connection sends, in the order in which it is handed over, but for the bodies of answers: these keep to the window that its
 * peer has opened, and to what the system takes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-5.2
 */
export class ConnectionOutput implements FrameOwner {
  readonly #writer: FrameWriter;
  readonly #owner: OutputOwner;
  readonly #waiting = new Set<WaitingAnswer>();
  #window = defaultWindowBytes;
  #hasSentHeaders = false;

  constructor(socket: Socket, owner: OutputOwner) {
    this.#owner = owner;
    this.#writer = new FrameWriter(socket, this);
  }

  get isShared(): boolean {
    return this.#owner.isShared;
  }

  taken(): void {
    this.advance();
  }

  /** Since when the system has not taken what was handed over to it, in milliseconds as of `performance.now`. Default: it has. */
  get writingSinceMs(): number | undefined {
    return this.#writer.writingSinceMs;
  }

  /** Has a listener called once the system has taken what was sent so far, or why it never will. */
  whenWritten(listener: WrittenListener): void {
    this.#writer.whenWritten(listener);
  }

  /** Hands over what was sent, at once, and says whether any of it is still on its way. */
  flush(): boolean {
    this.#writer.flush();
    return this.#writer.isWriting;
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#waiting.clear();
    this.#writer.close(new Error("the connection is closed"));
  }

  headers(streamId: number, block: string, isLast: boolean): void {
    this.#writer.headers(streamId, this.#hasSentHeaders ? block : noTableBlock + block, isLast);
    this.#hasSentHeaders = true;
    this.#check();
  }

  /** Sends as much of a body as there is room for, and says how many bytes that is. It is the last only where all of it was sent. */
  data(streamId: number, bytes: Uint8Array, isLast: boolean): number {
    const room = this.#isFull ? 0 : Math.min(this.#window, maxFrameBytes);
    if (bytes.byteLength > 0 && room <= 0) return 0;
    const isCut = bytes.byteLength > room;
    const part = isCut ? bytes.subarray(0, room) : bytes;
    this.#writer.data(streamId, part, isLast && !isCut);
    this.#window -= part.byteLength;
    this.#owner.noteSent();
    this.#check();
    return part.byteLength;
  }

  resetStream(streamId: number, code: number): void {
    this.#number(frameType.resetStream, streamId, code);
  }

  windowUpdate(streamId: number, widened: number): void {
    this.#number(frameType.windowUpdate, streamId, widened);
  }

  /** @param payload undefined: the peer's settings are agreed to */
  settings(payload: Uint8Array | undefined): void {
    this.#control(frameType.settings, payload === undefined ? flag.acknowledged : 0, payload ?? noBytes);
  }

  pingAnswer(payload: Uint8Array): void {
    this.#control(frameType.ping, flag.acknowledged, payload);
  }

  goAway(lastStreamId: number, code: number, reason: string): void {
    const text = Buffer.from(reason);
    const payload = Buffer.alloc(8 + text.byteLength);
    payload.writeUInt32BE(lastStreamId, 0);
    payload.writeUInt32BE(code, 4);
    payload.set(text, 8);
    this.#control(frameType.goAway, 0, payload);
  }

  /** The peer has made room for so many bytes. False: that is more than there may be. */
  widen(bytes: number): boolean {
    this.#window += bytes;
    return this.#window <= maxInt31;
  }

  /** Has an answer advance once there is room. */
  waitForRoom(answer: WaitingAnswer): void {
    this.#waiting.add(answer);
  }

  forget(answer: WaitingAnswer): void {
    this.#waiting.delete(answer);
  }

  /** Lets answers go on, one frame of each in turn, as far as there is room. */
  advance(): void {
    for (const answer of this.#waiting) {
      if (this.#window <= 0 || this.#isFull) return;
      this.#waiting.delete(answer);
      answer.advance();
    }
  }

  get #isFull(): boolean {
    return this.#writer.isWriting && this.#writer.pendingBytes >= maxPendingBytes;
  }

  #number(type: number, streamId: number, value: number): void {
    this.#writer.number(type, streamId, value);
    this.#check();
  }

  #control(type: number, flags: number, payload: Uint8Array): void {
    this.#writer.control(type, flags, 0, payload);
    this.#check();
  }

  #check(): void {
    if (this.#writer.pendingBytes >= maxPendingBytes) this.#writer.flush();
    if (this.#writer.pendingBytes > maxKeptBytes) this.#owner.overflow();
  }
}

const noBytes = new Uint8Array(0);
