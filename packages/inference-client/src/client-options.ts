import type { Interceptor } from "@connectrpc/connect";

/** What both entries take. A bad value makes `createInferenceClient` throw a `TypeError` that names the option. */
export interface ClientOptions {
  /** Where Meridian is, with an optional path: "https://meridian.internal". */
  readonly baseUrl: string;
  /**
   * The caller's token, sent as `authorization: Bearer TOKEN`; a function is asked before every call, within the call's
   * deadline. A call that sets `authorization` itself keeps its own. Default: none is sent.
   */
  readonly token?: TokenSource | undefined;
  /**
   * The deadline of a call that names none, in milliseconds, 1 to 86,400,000. It is sent to the server and covers all
   * of a stream. Default 60,000.
   */
  readonly defaultTimeoutMs?: number | undefined;
  /** Headers of every call. Default: none. */
  readonly headers?: HeadersInit | undefined;
  /** Around every call, the first one outermost; the token is set within. Default: none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

/** A token, or what gives the one to use now. */
export type TokenSource = string | (() => string | Promise<string>);

/** What a single call may set. */
export interface CallOptions {
  /** Cancels the call when it aborts. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline of this call, in milliseconds, 1 to 86,400,000. Default: `ClientOptions.defaultTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Headers of this call, over those of the client. Default: none. */
  readonly headers?: HeadersInit | undefined;
  /** Called once with the answer's headers, see `routeHeadersFrom`. A failed call has them in `InferenceError.headers`. */
  readonly onHeader?: ((headers: Headers) => void) | undefined;
}
