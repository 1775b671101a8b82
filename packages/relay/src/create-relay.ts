import {
  type Credential,
  type Endpoint,
  type Relay,
  type RelayRequest,
  type StopSignal,
  type Transport,
  UpstreamError,
} from "@meridian/core";
import { refusalSink, textSink } from "./body-text.js";
import { failureFromRefusal } from "./classify-failure.js";
import { Exchange, type ExchangeUse, header, mediaType } from "./exchange.js";
import { createDispatcher } from "./http1/create-dispatcher.js";
import { malformed, parseAnswer } from "./parse-answer.js";
import { count } from "./read-json.js";
import { relayBody } from "./relay-body.js";
import { relayHeaders } from "./relay-headers.js";
import { StreamBatches } from "./stream-batches.js";
import { createStreamParser } from "./stream-parser.js";

/** How relays are connected to. */
export interface RelayOptions {
  /** How long a connection may take to be made. Default 3,000. */
  readonly connectTimeoutMs: number;
  /** Connections to one endpoint at once. */
  readonly maxConnectionsPerEndpoint: number;
  /** The largest unary answer. */
  readonly maxAnswerBytes: number;
  /** The longest event of a stream. */
  readonly maxEventBytes: number;
}

/** Relays over HTTP, with one pool of connections per endpoint. */
export interface HttpRelay extends Relay {
  /**
   * Asks an endpoint for its models (`GET {base}/models`). Gives the status; rejects where none comes, or with the reason
   * of the signal.
   */
  probe(endpoint: Endpoint, credential: Credential, signal: StopSignal): Promise<number>;
  /** Closes every connection. Calls under way fail. */
  close(): Promise<void>;
}

/** Creates the relays. All limits of time are the caller's, through the signals. */
export function createHttpRelay(options: RelayOptions): HttpRelay {
  const dispatcher = createDispatcher({
    connectTimeoutMs: options.connectTimeoutMs,
    maxConnections: options.maxConnectionsPerEndpoint,
  });
  const chatAddress = createAddresses("/chat/completions");
  const modelsAddress = createAddresses("/models");

  /** Sends a request. `begin` takes the head of a 2xx; all else is a failure. */
  const ask = (request: RelayRequest, transport: Transport, { signal, begin, fail }: ExchangeUse): void => {
    const { deployment } = request;
    const body = relayBody(request, transport);
    const headers = relayHeaders(request, transport);
    Exchange.begin(
      dispatcher,
      { ...chatAddress(deployment.endpoint), method: "POST", headers, body },
      {
        signal,
        fail,
        begin(head, exchange) {
          const { status } = head;
          if (status >= 200 && status < 300) return begin(head, exchange);
          const { key } = deployment.credential;
          const retryAfter = header(head, "retry-after");
          const refuse = (body: string) => {
            const failure = failureFromRefusal({ status, retryAfter, body, key, nowMs: Date.now() });
            fail(new UpstreamError(failure, { cause: body }));
          };
          return refusalSink(exchange, refuse, fail);
        },
      },
    );
  };

  return {
    complete: (request, signal) =>
      new Promise((resolve, reject) => {
        const { keepsSource = false } = request;
        const { key } = request.deployment.credential;
        const { maxAnswerBytes: maxBytes } = options;
        ask(request, "unary", {
          signal,
          fail: reject,
          begin({ status }, exchange) {
            const take = (text: string) => resolve(parseAnswer(text, { status, key, keepsSource }));
            return textSink(exchange, { status, maxBytes, take, fail: reject });
          },
        });
      }),

    stream: (request, signal) =>
      new Promise((resolve, reject) => {
        const { keepsSource = false } = request;
        const { key } = request.deployment.credential;
        const choices = count(request.body["n"]) ?? 1;
        ask(request, "stream", {
          signal,
          fail: reject,
          begin(head, exchange) {
            const { status } = head;
            const type = mediaType(head);
            if (type === "text/event-stream") {
              const { maxEventBytes: maxEventLength } = options;
              const parser = createStreamParser({ status, key, choices, maxEventLength, keepsSource });
              const events = new StreamBatches(exchange, parser);
              resolve({ status, events });
              return events;
            }
            const refuse = () => reject(malformed(status, "the answer is not an event stream"));
            // An error with status 200 comes as plain JSON; a whole answer does too, but it is not what was asked for.
            const take = (text: string) => {
              parseAnswer(text, { status, key });
              refuse();
            };
            if (type.includes("json"))
              return textSink(exchange, { status, maxBytes: maxErrorBytes, take, fail: reject });
            refuse();
            return undefined;
          },
        });
      }),

    probe: (endpoint, credential, signal) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${credential.key.reveal()}`, "user-agent": "meridian" };
        Exchange.begin(
          dispatcher,
          { ...modelsAddress(endpoint), method: "GET", headers },
          {
            signal,
            fail: reject,
            begin({ status }) {
              resolve(status);
              return undefined;
            },
          },
        );
      }),

    close: () => dispatcher.close(),
  };
}

/** What is read of an error that comes in place of a stream, with status 200. */
const maxErrorBytes = 64 * 1024;

/** An address, in the parts that a request takes. */
type Address = Readonly<Record<"origin" | "path", string>>;

/** Gives the address of a path at each endpoint: taking an URL apart costs more than all else that is done for a request. */
function createAddresses(path: string): (endpoint: Endpoint) => Address {
  const known = new WeakMap<Endpoint, Address>();
  return (endpoint) => {
    const address = known.get(endpoint);
    if (address !== undefined) return address;
    const { origin, pathname } = new URL(endpoint.baseUrl + path);
    const made = { origin, path: pathname };
    known.set(endpoint, made);
    return made;
  };
}
