import type { ResponseHeaders } from "./response-reader.js";

/** A request, as it is sent. */
export interface ExchangeMessage {
  /** Of the endpoint: scheme, host and port. */
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly method: "GET" | "POST";
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What an exchange can do about its connection, or about its place in the queue for one. */
export interface ExchangeController {
  /** Ends it; the handler hears of the error, at the most. */
  abort(error: Error): void;
  /** Holds the rest of the body back. What has been read already still comes. */
  pause(): void;
  resume(): void;
}

/** What takes a response, in the words of undici's handlers. `onResponseEnd` or `onResponseError` comes last, once. */
export interface ExchangeHandler {
  /** Comes again when another has taken over from the last: a connection from the queue for one. */
  onRequestStart(controller: ExchangeController): void;
  onResponseStart(controller: ExchangeController, status: number, headers: ResponseHeaders): void;
  /** The bytes may change when it returns. */
  onResponseData(controller: ExchangeController, bytes: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: ExchangeController | undefined, error: Error): void;
}

/** How connections are made. */
export interface DispatcherOptions {
  /** How long one may take to be made, TLS included. */
  readonly connectTimeoutMs: number;
  /** To one origin at once. */
  readonly maxConnections: number;
}

/** Sends requests. */
export interface ExchangeDispatcher {
  /** Sends one; the handler hears what becomes of it. All limits of time but that of a connection are the handler's. */
  dispatch(message: ExchangeMessage, handler: ExchangeHandler): void;
  /** Closes every connection. What is under way fails. */
  close(): Promise<void>;
}
