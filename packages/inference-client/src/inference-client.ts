import { type CallOptions as ConnectCallOptions, createClient, type Transport } from "@connectrpc/connect";
import {
  type ChatResponse,
  type ExplainRouteResponse,
  InferenceService,
  type ListModelsResponse,
  type StreamChatResponse,
} from "@meridian/inference-proto";
import { startCall } from "./call.js";
import type { CallOptions } from "./client-options.js";
import { createEventStream } from "./event-stream.js";
import { inferenceErrorFrom } from "./inference-error-from.js";
import type { ClientSettings } from "./parse-options.js";
import type { ChatRequestInit } from "./request-types.js";

/** A client of Meridian. Every rejection is an `InferenceError`. One client serves any number of calls at once. */
export interface InferenceClient {
  /** Asks for a whole answer. */
  chat(request: ChatRequestInit, options?: CallOptions): Promise<ChatResponse>;
  /**
   * Asks for an answer as a stream of events, to be iterated once; the call begins with the iteration. It rejects with
   * "stream_truncated" where it closes without an `end` event. Leaving it cancels the call.
   */
  streamChat(request: ChatRequestInit, options?: CallOptions): AsyncIterable<StreamChatResponse>;
  /** Asks where the same chat would go and why. No model is called and nothing is spent. */
  explainRoute(request: ChatRequestInit, options?: CallOptions): Promise<ExplainRouteResponse>;
  /** Lists the models that may be asked for. Over Connect this is an HTTP GET. */
  listModels(options?: CallOptions): Promise<ListModelsResponse>;
  /** Cancels the calls that still run, refuses new ones as "canceled", and closes the connections where it holds them. */
  close(): void;
}

/** What carries the calls. */
export interface ClientTransports {
  /**
   * Sends every call as a POST. ExplainRoute too: a prompt in a URL would end in access logs and may not fit one.
   */
  readonly post: Transport;
  /** Sends a call without side effects as a GET, where the protocol can. */
  readonly get: Transport;
  /** Closes the connections. */
  close(): void;
}

/** Makes a client of checked settings. The entries, node.ts and browser.ts, bring the transports. */
export function createClientFromTransports(transports: ClientTransports, settings: ClientSettings): InferenceClient {
  const service = createClient(InferenceService, transports.post);
  const reading = createClient(InferenceService, transports.get);
  const closing = new AbortController();
  const unary = async <Response>(
    options: CallOptions,
    send: (options: ConnectCallOptions) => Promise<Response>,
  ): Promise<Response> => {
    const call = startCall(settings, options, closing.signal);
    try {
      return await send(call.connectOptions);
    } catch (thrown) {
      throw inferenceErrorFrom(thrown);
    } finally {
      call.finish();
    }
  };
  return {
    chat: (request, options = {}) => unary(options, (connect) => service.chat(request, connect)),
    streamChat: (request, options = {}) =>
      createEventStream(
        () => startCall(settings, options, closing.signal),
        (connect) => service.streamChat(request, connect),
      ),
    explainRoute: (request, options = {}) =>
      unary(options, (connect) => service.explainRoute({ chat: request }, connect)),
    listModels: (options = {}) => unary(options, (connect) => reading.listModels({}, connect)),
    close() {
      closing.abort();
      transports.close();
    },
  };
}
