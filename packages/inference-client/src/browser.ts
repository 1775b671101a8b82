import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import type { ClientOptions } from "./client-options.js";
import { createClientFromTransports, type InferenceClient } from "./inference-client.js";
import { parseBaseUrl, parseClientOptions, parseWord } from "./parse-options.js";

export * from "./shared.js";

/** Options of the browser's client. */
export interface BrowserClientOptions extends ClientOptions {
  /** As `ClientOptions.baseUrl`, or a path from the page's own origin, such as "/". */
  readonly baseUrl: string;
  /** Default "connect". */
  readonly protocol?: "connect" | "grpc-web" | undefined;
  /** What sends the requests; a place to set `credentials`. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Makes a client of Meridian over `fetch`, for the browser and every other runtime that has it.
 *
 * @throws TypeError naming the option that is bad.
 */
export function createInferenceClient(options: BrowserClientOptions): InferenceClient {
  const settings = parseClientOptions(options, ["protocol", "fetch"]);
  const protocol = parseWord("protocol", options.protocol ?? "connect", ["connect", "grpc-web"]);
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw new TypeError("fetch: must be a function");
  }
  const send = options.fetch ?? globalThis.fetch;
  const transportOptions = {
    baseUrl: parsePageUrl(options.baseUrl),
    interceptors: settings.interceptors,
    // The same codec in every client; gRPC-Web servers need not know JSON.
    useBinaryFormat: true,
    fetch: withNetworkErrors((input, init) => send(input, init)),
  };
  const post =
    protocol === "connect" ? createConnectTransport(transportOptions) : createGrpcWebTransport(transportOptions);
  const get = protocol === "connect" ? createConnectTransport({ ...transportOptions, useHttpGet: true }) : post;
  return createClientFromTransports({ post, get, close: () => undefined }, settings);
}

function parsePageUrl(baseUrl: unknown): string {
  return typeof baseUrl === "string" && /^\/(?!\/)[^?#]*$/.test(baseUrl) ? baseUrl : parseBaseUrl(baseUrl);
}

/** `fetch` says TypeError for a failed connection, see https://fetch.spec.whatwg.org/#fetch-method. Connect would call that unknown. */
function withNetworkErrors(send: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    try {
      return await send(input, init);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new ConnectError(`the request failed: ${cause.message}`, Code.Unavailable, undefined, undefined, cause);
    }
  };
}
