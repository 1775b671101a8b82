import type { AnswerEvent } from "@meridian/core";
import { atEndOfTurn } from "./at-end-of-turn.js";
import type { BodySink, Exchange } from "./exchange.js";
import type { StreamParser } from "./stream-parser.js";
import { UnreadBytes } from "./unread-bytes.js";

type Batch = readonly AnswerEvent[];

/** What is parsed at once, in bytes: as text and as events it is several times as large. */
const maxBatchBytes = 4_096;
/** Less of it is no hurry: the rest of the turn may bring as little to many other streams. */
const littleBytes = 1_024;
/** What has come and was not parsed yet: with more, the relay's socket is read no further until half of it is parsed. */
const maxUnreadBytes = 16_384;

/** How the body has ended, as its sink was told. */
type BodyEnd = { readonly cause?: Error } | { readonly reason: unknown };

/**
 * The events of a streamed answer, in batches: takes the bytes, and parses them as somebody takes the events. What comes in
 * one read of the socket is one batch, at most.
 *
 * States: `flowing` -> `over` (it has ended properly, failed, or was left).
 */
export class StreamBatches implements BodySink, AsyncIterableIterator<Batch> {
  readonly #exchange: Exchange;
  readonly #parser: StreamParser;
  readonly #unread = new UnreadBytes();
  #isPaused = false;
  #end: BodyEnd | undefined;
  #isOver = false;
  /** Whoever waits for the next batch. */
  #taker: PromiseWithResolvers<IteratorResult<Batch, undefined>> | undefined;
  #isGiving = false;
  readonly #give = () => {
    this.#isGiving = false;
    const taker = this.#taker;
    if (taker === undefined) return;
    try {
      const result = this.#result();
      if (result === undefined) return;
      this.#taker = undefined;
      taker.resolve(result);
    } catch (error) {
      this.#taker = undefined;
      taker.reject(error);
    }
  };

  readonly #giveInTurn = () => {
    if (this.#unread.length < littleBytes) atEndOfTurn(this.#give);
    else this.#give();
  };

  constructor(exchange: Exchange, parser: StreamParser) {
    this.#exchange = exchange;
    this.#parser = parser;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** To be called again only when it has settled. */
  next(): Promise<IteratorResult<Batch, undefined>> {
    this.#taker = Promise.withResolvers();
    const { promise } = this.#taker;
    this.#give();
    return promise;
  }

  /** Closes the socket at once, unless `[DONE]` has come. A `next()` that waits rejects. */
  return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isOver && this.#parser.outcome?.isDone !== true) this.#exchange.close();
    this.#isOver = true;
    const { error } = this.#parser.end(new Error("the stream was left"));
    if (error === undefined) this.#taker?.resolve(over);
    else this.#taker?.reject(error);
    this.#taker = undefined;
    return Promise.resolve(over);
  }

  data(bytes: Uint8Array): void {
    this.#unread.add(bytes);
    if (this.#unread.length > maxUnreadBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#exchange.pause();
    }
    this.#giveSoon();
  }

  end(): void {
    this.#end = {};
    this.#giveSoon();
  }

  cut(cause: Error): void {
    this.#end = { cause };
    this.#giveSoon();
  }

  stop(reason: unknown): void {
    this.#end = { reason };
    this.#unread.clear();
    this.#give();
  }

  /**
   * When all of the present read has come: it may be many pieces. The little that many streams get in one turn they are given one
   * right after the other, at its end: as the code of each step finds the CPU's caches warm, and callers are awake for all but the first, that
   * takes a tenth less than to give each as it comes.
   */
  #giveSoon(): void {
    if (this.#isGiving || this.#taker === undefined) return;
    this.#isGiving = true;
    void resolved.then(this.#giveInTurn);
  }

  /** Undefined: there is nothing to give yet. */
  #result(): IteratorResult<Batch, undefined> | undefined {
    if (this.#isOver) return over;
    this.#parse();
    const events = this.#parser.take();
    if (events.length > 0) return { done: false, value: events };
    if (this.#parser.outcome === undefined && (this.#end === undefined || this.#unread.length > 0)) return undefined;
    this.#isOver = true;
    if (this.#end !== undefined && "reason" in this.#end) throw this.#end.reason;
    const { error } = this.#parser.outcome ?? this.#parser.end(this.#end?.cause);
    if (error !== undefined) throw error;
    return over;
  }

  /** Parses until there is something to give: no more than a batch of it. */
  #parse(): void {
    const parser = this.#parser;
    let leftBytes = maxBatchBytes;
    while (parser.outcome === undefined && this.#unread.length > 0) {
      if (leftBytes === 0) {
        if (parser.hasEvents) break;
        leftBytes = maxBatchBytes;
      }
      const bytes = this.#unread.take(leftBytes);
      leftBytes -= bytes.byteLength;
      parser.read(bytes);
    }
    const { outcome } = parser;
    if (outcome !== undefined) {
      this.#unread.clear();
      if (outcome.isDone) this.#exchange.release();
      else this.#exchange.close();
    } else if (this.#isPaused && this.#unread.length <= maxUnreadBytes / 2) {
      this.#isPaused = false;
      this.#exchange.resume();
    }
  }
}

const resolved = Promise.resolve();
const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
