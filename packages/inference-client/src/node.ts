import type { ClientOptions } from "./client-options.js";
import { createClientFromTransports, type InferenceClient } from "./inference-client.js";
import { createNodeTransports } from "./node-transports.js";
import { parseBaseUrl, parseClientOptions, parseWholeNumber, parseWord } from "./parse-options.js";

export * from "./shared.js";

/** Options of Node's client. */
export interface NodeClientOptions extends ClientOptions {
  /** Default "connect". */
  readonly protocol?: "connect" | "grpc" | undefined;
  /**
   * "2" carries all calls on one connection: with prior knowledge (h2c) for http, by ALPN for https. "1.1", for
   * "connect" only, is for proxies in between that cannot do it. Default "2".
   */
  readonly httpVersion?: "1.1" | "2" | undefined;
  /**
   * How long a connection may lie idle before it is closed, in milliseconds, 1 to 86,400,000. Keep it shorter than the
   * same limit of every load balancer in between, or calls run into connections that are already closed.
   * Default 50,000: many load balancers close at 60,000.
   */
  readonly idleConnectionTimeoutMs?: number | undefined;
  /**
   * With HTTP/2: after how many milliseconds without data a connection is checked with a PING, 1 to 86,400,000, so that
   * one that died unseen does not hold every call until its deadline. Default 30,000.
   */
  readonly pingIntervalMs?: number | undefined;
}

/** The longest interval that is taken, in milliseconds: a day. */
const maxIntervalMs = 86_400_000;

/**
 * Makes a client of Meridian for Node.
 *
 * @throws TypeError naming the option that is bad.
 */
export function createInferenceClient(options: NodeClientOptions): InferenceClient {
  const settings = parseClientOptions(options, [
    "protocol",
    "httpVersion",
    "idleConnectionTimeoutMs",
    "pingIntervalMs",
  ]);
  const protocol = parseWord("protocol", options.protocol ?? "connect", ["connect", "grpc"]);
  const httpVersion = parseWord("httpVersion", options.httpVersion ?? "2", ["1.1", "2"]);
  if (protocol === "grpc" && httpVersion !== "2") throw new TypeError('httpVersion: must be "2" for protocol "grpc"');
  if (httpVersion === "1.1" && options.pingIntervalMs !== undefined) {
    throw new TypeError('pingIntervalMs: needs httpVersion "2"');
  }
  const transports = createNodeTransports({
    baseUrl: parseBaseUrl(options.baseUrl),
    interceptors: settings.interceptors,
    protocol,
    httpVersion,
    idleConnectionTimeoutMs: parseWholeNumber(
      "idleConnectionTimeoutMs",
      options.idleConnectionTimeoutMs ?? 50_000,
      maxIntervalMs,
    ),
    pingIntervalMs: parseWholeNumber("pingIntervalMs", options.pingIntervalMs ?? 30_000, maxIntervalMs),
  });
  return createClientFromTransports(transports, settings);
}
