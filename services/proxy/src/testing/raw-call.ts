import { Agent, request as requestHttp1 } from "node:http";
import { connect, constants } from "node:http2";
import type { Rpc } from "./ask.js";

/** The ways in which a caller goes away. */
export const leavings = [
  "connect over HTTP/1.1, the socket is closed",
  "connect over HTTP/2, the stream is reset",
  "grpc, the stream is reset",
  "grpc, the connection is closed",
  "openai over HTTP/1.1, the socket is closed",
  "openai over HTTP/2, the stream is reset",
] as const;

/** One of `leavings`. */
export type Leaving = (typeof leavings)[number];

/** A call without a client around it: nothing that it does on the wire is hidden. */
export interface RawCall {
  /** Resolves with the first bytes of the answer's body. */
  readonly firstBytes: Promise<unknown>;
  /** Stops reading. To be called once the first bytes have come. */
  pause(): void;
  /** Goes away, as the way of leaving says. */
  leave(): void;
  /** Resolves when the connection is closed, whoever closed it. */
  readonly closed: Promise<unknown>;
}

/** What is asked for, as the contract's JSON has it. */
export interface RawRequest {
  readonly routing?: object;
  readonly [field: string]: unknown;
}

/** Sends a request. */
export function startRawCall(url: string, leaving: Leaving, rpc: Rpc, request: RawRequest): RawCall {
  const { path, contentType, body } = leaving.startsWith("openai")
    ? openAiMessage(rpc, request)
    : rpcMessage(leaving.startsWith("grpc"), rpc, request);
  return leaving.includes("HTTP/1.1")
    ? startHttp1(`${url}${path}`, contentType, body)
    : startHttp2(url, path, contentType, body, leaving.endsWith("connection is closed"));
}

interface RawMessage {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

function rpcMessage(isGrpc: boolean, rpc: Rpc, request: RawRequest): RawMessage {
  const json = Buffer.from(JSON.stringify(request));
  const isPlain = !isGrpc && rpc === "Chat";
  return {
    path: `/meridian.inference.v1.InferenceService/${rpc}`,
    contentType: isGrpc ? "application/grpc+json" : isPlain ? "application/json" : "application/connect+json",
    body: isPlain ? json : enveloped(json),
  };
}

function openAiMessage(rpc: Rpc, { routing, ...rest }: RawRequest): RawMessage {
  return {
    path: "/v1/chat/completions",
    contentType: "application/json",
    body: Buffer.from(JSON.stringify({ ...rest, meridian: routing, stream: rpc === "StreamChat" })),
  };
}

function startHttp1(url: string, contentType: string, body: Buffer): RawCall {
  const agent = new Agent({ keepAlive: false });
  const outgoing = requestHttp1(url, { method: "POST", agent, headers: { "content-type": contentType } });
  const closed = new Promise((resolve) => outgoing.once("close", resolve));
  let pause = () => {};
  const firstBytes = new Promise((resolve) => {
    outgoing.once("response", (response) => {
      response.on("error", ignore);
      response.on("data", resolve);
      pause = () => response.pause();
    });
  });
  outgoing.on("error", ignore);
  outgoing.end(body);
  return { firstBytes, pause: () => pause(), leave: () => outgoing.destroy(), closed };
}

function startHttp2(url: string, path: string, contentType: string, body: Buffer, closesConnection: boolean): RawCall {
  const session = connect(url, { settings: { initialWindowSize: 4_096 } });
  session.on("error", ignore);
  const closed = new Promise((resolve) => session.once("close", resolve));
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": contentType,
    ...(contentType.startsWith("application/grpc") ? { te: "trailers" } : {}),
  });
  stream.on("error", ignore);
  const firstBytes = new Promise((resolve) => stream.on("data", resolve));
  stream.end(body);
  return {
    firstBytes,
    pause: () => stream.pause(),
    leave() {
      if (closesConnection) session.destroy();
      else {
        stream.close(constants.NGHTTP2_CANCEL);
        session.close();
      }
    },
    closed,
  };
}

/** @see https://connectrpc.com/docs/protocol/#streaming-request */
function enveloped(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

// What breaks a call that is left is not of interest.
function ignore(): void {}
