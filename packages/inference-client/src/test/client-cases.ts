import { createInferenceClient as createBrowserClient } from "../browser.js";
import type { ClientOptions } from "../client-options.js";
import type { InferenceClient } from "../inference-client.js";
import { createInferenceClient } from "../node.js";

/** A way to make a client, and what is special about it. */
export interface ClientCase {
  readonly name: string;
  /** What the service has to speak. */
  readonly httpVersion: "1.1" | "2";
  /** Whether listModels is a GET. */
  readonly getsModels: boolean;
  /** The header of the deadline. */
  readonly timeoutHeader: string;
  readonly createClient: (options: ClientOptions) => InferenceClient;
}

/** Every protocol of both entries. */
export const clientCases: readonly ClientCase[] = [
  {
    name: "node, connect, HTTP/2",
    httpVersion: "2",
    getsModels: true,
    timeoutHeader: "connect-timeout-ms",
    createClient: (options) => createInferenceClient(options),
  },
  {
    name: "node, connect, HTTP/1.1",
    httpVersion: "1.1",
    getsModels: true,
    timeoutHeader: "connect-timeout-ms",
    createClient: (options) => createInferenceClient({ ...options, httpVersion: "1.1" }),
  },
  {
    name: "node, grpc",
    httpVersion: "2",
    getsModels: false,
    timeoutHeader: "grpc-timeout",
    createClient: (options) => createInferenceClient({ ...options, protocol: "grpc" }),
  },
  {
    name: "browser, connect",
    httpVersion: "1.1",
    getsModels: true,
    timeoutHeader: "connect-timeout-ms",
    createClient: (options) => createBrowserClient(options),
  },
  {
    name: "browser, grpc-web",
    httpVersion: "1.1",
    getsModels: false,
    timeoutHeader: "grpc-timeout",
    createClient: (options) => createBrowserClient({ ...options, protocol: "grpc-web" }),
  },
];
