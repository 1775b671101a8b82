import type { StopSignal } from "@meridian/core";
import { failureFromConnectionError } from "./classify-failure.js";
import type { ExchangeController, ExchangeDispatcher, ExchangeHandler, ExchangeMessage } from "./http1/dispatcher.js";
import type { ResponseHead, ResponseHeaders } from "./http1/response-reader.js";

/** What takes the body of a response, as it comes. One of `end`, `cut` and `stop` comes last. */
export interface BodySink {
  /** The bytes may change when it returns. */
  data(bytes: Buffer): void;
  end(): void;
  /** The body broke off. */
  cut(cause: Error): void;
  /** The signal has aborted, for this reason. */
  stop(reason: unknown): void;
}

/** What an exchange is for. */
export interface ExchangeUse {
  readonly signal: StopSignal;
  /** The head has come. Gives what takes the body; undefined: nobody needs it. */
  readonly begin: (head: ResponseHead, exchange: Exchange) => BodySink | undefined;
  /** No head has come: an `UpstreamError`, or the reason of the signal. */
  readonly fail: (error: unknown) => void;
}

/** How long a body that nobody needs may take to end before its socket is closed, in milliseconds. */
const releaseMs = 1_000;
/** How much of it is read, so that the connection can be used again, in bytes. */
const releaseBytes = 64 * 1024;

/**
 * One request and its response.
 *
 * States: `asked` -> `answered` (the head has come, the body goes to its sink) -> `over` (it has ended, was cut or stopped,
 * or has been left: nothing comes any more). `asked` -> `over` where no head comes; `answered` -> `released` (nobody needs
 * the rest, of which a little is read away) -> `over`.
 */
export class Exchange implements ExchangeHandler {
  readonly #signal: StopSignal;
  readonly #onAbort = () => {
    const { reason } = this.#signal;
    const sink = this.#sink;
    const use = this.#use;
    if (!this.close()) return;
    if (sink === undefined) use?.fail(reason);
    else sink.stop(reason);
  };
  /** Until the head has come: a stream that goes on for long need not hold what asked for it. */
  #use: ExchangeUse | undefined;
  /** Until it is over: the connection may be another's then. */
  #controller: ExchangeController | undefined;
  #sink: BodySink | undefined;
  #isOver = false;

  private constructor(use: ExchangeUse) {
    this.#signal = use.signal;
    this.#use = use;
  }

  /** Sends a request. */
  static begin(dispatcher: Pick<ExchangeDispatcher, "dispatch">, message: ExchangeMessage, use: ExchangeUse): void {
    const { signal } = use;
    if (signal.aborted) {
      use.fail(signal.reason);
      return;
    }
    const exchange = new Exchange(use);
    signal.addEventListener("abort", exchange.#onAbort);
    dispatcher.dispatch(message, exchange);
  }

  /** Holds the rest of the body back until `resume`. What the socket has read already may still come. */
  pause(): void {
    this.#controller?.pause();
  }

  /** Some of the body may come before this returns. */
  resume(): void {
    this.#controller?.resume();
  }

  /** Closes the socket; nothing comes any more. False where all was over before. */
  close(): boolean {
    const controller = this.#controller;
    if (!this.#end()) return false;
    controller?.abort(closed);
    return true;
  }

  /** Lets go of a body whose rest nobody needs: reads a short one away, closes the socket under a long one. */
  release(): void {
    if (this.#isOver) return;
    this.#signal.removeEventListener("abort", this.#onAbort);
    const timer = setTimeout(() => this.close(), releaseMs);
    const done = () => clearTimeout(timer);
    let leftBytes = releaseBytes;
    const data = (bytes: Buffer) => {
      leftBytes -= bytes.byteLength;
      if (leftBytes >= 0) return;
      done();
      this.close();
    };
    this.#sink = { data, end: done, cut: done, stop: done };
    this.resume();
  }

  onRequestStart(controller: ExchangeController): void {
    // It was stopped while it waited for a connection.
    if (this.#isOver) controller.abort(closed);
    else this.#controller = controller;
  }

  onResponseStart(_: ExchangeController, status: number, headers: ResponseHeaders): void {
    // What comes before the answer itself says nothing that matters here.
    if (status < 200 || this.#isOver) return;
    this.#sink = this.#use?.begin({ status, headers }, this);
    this.#use = undefined;
    if (this.#sink === undefined) this.release();
  }

  onResponseData(_: ExchangeController, bytes: Buffer): void {
    if (!this.#isOver) this.#sink?.data(bytes);
  }

  onResponseEnd(): void {
    if (this.#end()) this.#sink?.end();
  }

  onResponseError(_: ExchangeController | undefined, error: Error): void {
    const use = this.#use;
    if (!this.#end()) return;
    if (this.#sink === undefined) use?.fail(failureFromConnectionError(error));
    else this.#sink.cut(error);
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#use = undefined;
    this.#controller = undefined;
    this.#signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

/** What the connection is told; nobody hears of it. One for all, as an error takes a look at the stack. */
const closed = new Error("the exchange was left");

/** The media type, in lower case, without parameters; empty where none is given. */
export function mediaType(head: ResponseHead): string {
  const [type = ""] = (header(head, "content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** A header's value; the first one where it came more than once. */
export function header({ headers }: ResponseHead, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
