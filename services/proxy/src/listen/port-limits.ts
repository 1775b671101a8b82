/** What a peer may take of the port. */
export interface PortLimits {
  /** How long it may take to say its first bytes, in milliseconds. */
  readonly firstByteMs: number;
  /** How long the headers of an HTTP/1.1 request may take to come, in milliseconds. */
  readonly headersMs: number;
  /** How long a whole HTTP/1.1 request may take to come, in milliseconds. */
  readonly requestMs: number;
  /** How often the two are looked at, in milliseconds. */
  readonly checkIntervalMs: number;
  /** How long an HTTP/1.1 connection may be idle, in milliseconds. */
  readonly keepAliveMs: number;
  /** How long an HTTP/2 connection may have no stream, in milliseconds. */
  readonly idleSessionMs: number;
  /** How long calls are still taken on open connections once no more are accepted, in milliseconds. */
  readonly noticeMs: number;
  /** Of one request, in bytes. */
  readonly maxHeaderBytes: number;
  /** At once; one more is closed as it is accepted. */
  readonly maxConnections: number;
  /** Of one HTTP/2 connection, at once; one more is refused (REFUSED_STREAM), which clients may retry. */
  readonly maxStreamsPerConnection: number;
}

/** The limits of a port unless told otherwise. */
export const defaultPortLimits: PortLimits = {
  firstByteMs: 10_000,
  headersMs: 10_000,
  requestMs: 60_000,
  checkIntervalMs: 5_000,
  // Longer than the 60 s after which load balancers close idle connections, so that it is they who do.
  keepAliveMs: 75_000,
  idleSessionMs: 600_000,
  // Much longer than a request is on its way.
  noticeMs: 500,
  maxHeaderBytes: 16_384,
  maxConnections: 10_000,
  maxStreamsPerConnection: 1_024,
};

/** The limits of HTTP/1.1, as Node has them. */
export function http1OptionsFrom({ headersMs, requestMs, checkIntervalMs, keepAliveMs, maxHeaderBytes }: PortLimits) {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkIntervalMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
  };
}
