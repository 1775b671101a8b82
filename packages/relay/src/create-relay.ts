import type { Socket } from "node:net";
import {
  type Answer,
  type Credential,
  type Endpoint,
  type Relay,
  type RelayRequest,
  type RelayStream,
  type Transport,
  UpstreamError,
} from "@meridian/core";
import { Agent } from "undici";
import { failureFromConnectionError, failureFromRefusal } from "./classify-failure.js";
import { leavingAtOnce } from "./leaving-at-once.js";
import { orAborted } from "./or-aborted.js";
import { malformed, parseAnswer } from "./parse-answer.js";
import { count } from "./read-json.js";
import { readStream } from "./read-stream.js";
import { relayBody } from "./relay-body.js";
import { relayHeaders } from "./relay-headers.js";
import {
  bodyBytes,
  header,
  mediaType,
  type RelayResponse,
  readBriefly,
  readText,
  releaseBody,
} from "./response-body.js";

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
  probe(endpoint: Endpoint, credential: Credential, signal: AbortSignal): Promise<number>;
  /** Closes every connection. Calls under way fail. */
  close(): Promise<void>;
}

/** Creates the relays. All limits of time are the caller's, through the signals. */
export function createHttpRelay(options: RelayOptions): HttpRelay {
  // The typings of net.connect leave the water mark out, so that an object literal in place would not do.
  const connect = { timeout: options.connectTimeoutMs, highWaterMark: bufferBytes, onread: readInPieces() };
  const agent = new Agent({
    connections: options.maxConnectionsPerEndpoint,
    connect,
    // Dispatch has the limits; a second set of timers here could only contradict them.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const send = async (request: RelayRequest, transport: Transport, signal: AbortSignal): Promise<RelayResponse> => {
    const url = new URL(`${request.deployment.endpoint.baseUrl}/chat/completions`);
    const response = await exchange(agent, url, signal, {
      method: "POST",
      headers: relayHeaders(request, transport),
      // As bytes of its own: undici keeps it with the answer, and would make of text a part of Node's pool.
      body: new TextEncoder().encode(relayBody(request, transport)),
    });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    const body = await readBriefly(response, maxErrorBytes, signal);
    const { key } = request.deployment.credential;
    const retryAfter = header(response, "retry-after");
    throw new UpstreamError(
      failureFromRefusal({ status: response.statusCode, retryAfter, body, key, nowMs: Date.now() }),
      { cause: body },
    );
  };

  return {
    async complete(request, signal): Promise<Answer> {
      const response = await send(request, "unary", signal);
      const source = await readText(response, options.maxAnswerBytes, signal);
      const { key } = request.deployment.credential;
      return parseAnswer(source, { status: response.statusCode, key, keepsSource: request.keepsSource ?? false });
    },

    async stream(request, signal): Promise<RelayStream> {
      const response = await send(request, "stream", signal);
      const { key } = request.deployment.credential;
      if (mediaType(response) !== "text/event-stream") {
        // An error with status 200 comes as plain JSON; a whole answer does too, but it is not what was asked for.
        if (mediaType(response).includes("json"))
          parseAnswer(await readText(response, maxErrorBytes, signal), { status: response.statusCode, key });
        else releaseBody(response);
        throw malformed(response.statusCode, "the answer is not an event stream");
      }
      const status = response.statusCode;
      const choices = count(request.body["n"]) ?? 1;
      const body = bodyBytes(response, signal);
      const { keepsSource = false } = request;
      const events = readStream(body, { status, key, choices, maxEventLength: options.maxEventBytes, keepsSource });
      return { status, events: leavingAtOnce(events, body.close) };
    },

    async probe(endpoint, credential, signal) {
      const response = await exchange(agent, new URL(`${endpoint.baseUrl}/models`), signal, {
        method: "GET",
        headers: { authorization: `Bearer ${credential.key.reveal()}`, "user-agent": "meridian" },
      });
      releaseBody(response);
      return response.statusCode;
    },

    close: () => agent.destroy(),
  };
}

/**
 * What the socket and the body may each hold of an answer before they stop reading, in bytes. Both have 64 KiB by default,
 * which is much for a stream whose caller does not read.
 */
const bufferBytes = 16_384;

/**
 * Reads sockets through one small buffer. Node would give a buffer of 64 KiB to each read, and undici cuts the headers and
 * the body from it without a copy: the few bytes of headers, which it keeps as long as the answer, would hold one whole.
 *
 * @see https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
 */
function readInPieces() {
  return {
    buffer: Buffer.allocUnsafeSlow(bufferBytes),
    callback(this: Socket, length: number, buffer: Uint8Array): boolean {
      // A copy of its own: Buffer.from would take it from a pool, in pieces of 64 KiB again.
      return this.push(new Uint8Array(buffer.subarray(0, length)));
    },
  };
}

/** What is read of a refusal's body. */
const maxErrorBytes = 64 * 1024;

async function exchange(
  agent: Agent,
  url: URL,
  signal: AbortSignal,
  message: { method: "GET" | "POST"; headers: Record<string, string>; body?: Uint8Array },
): Promise<RelayResponse> {
  try {
    signal.throwIfAborted();
    const highWaterMark = bufferBytes;
    const asked = agent.request({ origin: url.origin, path: url.pathname, signal, highWaterMark, ...message });
    const response = await orAborted(asked, signal);
    // A body may fail when nobody reads it any more; who reads it learns of it from the read.
    response.body.on("error", () => {});
    return response;
  } catch (error) {
    signal.throwIfAborted();
    throw failureFromConnectionError(error);
  }
}
