import { request as clearTextRequest, type IncomingHttpHeaders } from "node:http";
import { connect, constants, type IncomingHttpHeaders as Http2Headers } from "node:http2";
import { request as tlsRequest } from "node:https";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  codeToString,
  endStreamFlag,
  endStreamFromJson,
  errorFromJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { type ErrorDetail, ErrorDetailSchema } from "@meridian/inference-proto";
import type { RpcName } from "./call-json.js";

/** A protocol over a version of HTTP, for one RPC. */
export interface Wire {
  readonly name: string;
  readonly rpc: RpcName;
  readonly httpVersion: 1 | 2;
  readonly contentType: string;
}

/** Every way to call the proxy that a caller has. */
export const wires: readonly Wire[] = [
  { name: "Connect JSON, HTTP/1.1", rpc: "Chat", httpVersion: 1, contentType: "application/json" },
  { name: "Connect JSON, HTTP/2", rpc: "Chat", httpVersion: 2, contentType: "application/json" },
  { name: "Connect proto", rpc: "Chat", httpVersion: 1, contentType: "application/proto" },
  { name: "Connect JSON stream", rpc: "StreamChat", httpVersion: 1, contentType: "application/connect+json" },
  { name: "Connect proto stream", rpc: "StreamChat", httpVersion: 2, contentType: "application/connect+proto" },
  { name: "gRPC", rpc: "Chat", httpVersion: 2, contentType: "application/grpc+proto" },
  { name: "gRPC stream", rpc: "StreamChat", httpVersion: 2, contentType: "application/grpc" },
  { name: "gRPC-Web", rpc: "Chat", httpVersion: 1, contentType: "application/grpc-web+proto" },
  { name: "gRPC-Web stream", rpc: "StreamChat", httpVersion: 2, contentType: "application/grpc-web" },
];

/** Whether messages travel as JSON. */
export function isJson({ contentType }: Wire): boolean {
  return contentType.endsWith("json");
}

/** Whether messages travel behind a prefix of flags and length. */
export function isEnveloped({ contentType }: Wire): boolean {
  return contentType.startsWith("application/grpc") || contentType.startsWith("application/connect+");
}

/** A message with its prefix. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** What is sent besides the body. */
export interface WireOptions {
  /** Several values of one name come as that many lines. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly method?: string;
  readonly path?: string;
  /** For a proxy with TLS: whom the caller trusts, and what it shows. PEM. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

/** An answer as it came. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly trailers: Headers;
  readonly body: Buffer;
}

/** How a call ended, whatever protocol said so. */
export interface Outcome {
  /** "ok" or the code's name. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  readonly answer: WireAnswer;
}

/** Sends bytes as they are, as the body of a call, in pieces where there are several, and reads how the call ended. */
export async function wireCall(
  baseUrl: string,
  wire: Wire,
  body: Uint8Array | readonly Uint8Array[],
  options: WireOptions = {},
): Promise<Outcome> {
  const answer = await sendWire(baseUrl, wire, body, options);
  const error = errorOf(wire, answer);
  return {
    code: error === undefined ? "ok" : codeToString(error.code),
    message: error?.rawMessage ?? "",
    details: error?.findDetails(ErrorDetailSchema) ?? [],
    answer,
  };
}

/** The same, and gives the answer as it came. */
export function sendWire(
  baseUrl: string,
  wire: Wire,
  body: Uint8Array | readonly Uint8Array[],
  options: WireOptions = {},
): Promise<WireAnswer> {
  const pieces = body instanceof Uint8Array ? [body] : body;
  return (wire.httpVersion === 1 ? sendHttp1 : sendHttp2)(baseUrl, wire, pieces, options);
}

function pathOf(wire: Wire, { path }: WireOptions): string {
  return path ?? `/meridian.inference.v1.InferenceService/${wire.rpc}`;
}

function sendHttp1(
  baseUrl: string,
  wire: Wire,
  pieces: readonly Uint8Array[],
  options: WireOptions,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const { method = "POST" } = options;
    const headers = { "content-type": wire.contentType, ...lengthOf(pieces), ...options.headers };
    const url = new URL(pathOf(wire, options), baseUrl);
    const send = url.protocol === "https:" ? tlsRequest : clearTextRequest;
    const request = send(url, { method, headers, agent: false, ...options.tls });
    let hasAnswer = false;
    request.on("response", (response) => {
      hasAnswer = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
      response.on("end", () => {
        request.destroy();
        resolve({
          status: response.statusCode ?? 0,
          headers: headersFrom(response.headers),
          trailers: headersFrom(response.trailers),
          body: Buffer.concat(chunks),
        });
      });
    });
    // The proxy may close its half of an upload that it does not want; the answer is what counts.
    request.on("error", (error) => hasAnswer || reject(error));
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}

function sendHttp2(
  baseUrl: string,
  wire: Wire,
  pieces: readonly Uint8Array[],
  options: WireOptions,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    // In megabytes: what waits to be sent counts, and an answer that finds no room left is refused by this side.
    const session = connect(baseUrl, { maxSessionMemory: 100, ...options.tls });
    session.on("error", reject);
    const { method = "POST" } = options;
    const stream = session.request({
      ":method": method,
      ":path": pathOf(wire, options),
      "content-type": wire.contentType,
      te: "trailers",
      ...lengthOf(pieces),
      ...options.headers,
    });
    const chunks: Buffer[] = [];
    let headers: Http2Headers | undefined;
    let trailers: Http2Headers | undefined;
    const finish = () => {
      stream.close(constants.NGHTTP2_CANCEL);
      session.close();
      if (headers === undefined) return reject(new Error("the stream ended without an answer"));
      const status = Number(headers[":status"]);
      const received = { headers: headersFrom(headers), trailers: headersFrom(trailers ?? {}) };
      resolve({ status, ...received, body: Buffer.concat(chunks) });
    };
    stream.on("response", (received) => {
      headers = received;
    });
    // They may come before the end of the body is told, or after it.
    stream.on("trailers", (received) => {
      trailers = received;
      if (stream.readableEnded) finish();
    });
    // Not at "close" alone: Node's client waits with that for bytes that nobody wants any more.
    stream.on("end", () => {
      if (trailers !== undefined || !hasTrailers(wire)) finish();
    });
    stream
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("error", reject)
      .on("close", finish);
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}

function hasTrailers({ contentType }: Wire): boolean {
  return /^application\/grpc(?!-web)/.test(contentType);
}

/** Of one piece the length is told; several come in chunks of a length that nobody tells. */
function lengthOf(pieces: readonly Uint8Array[]): Record<string, string> {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? { "content-length": String(only.length) } : {};
}

function headersFrom(raw: IncomingHttpHeaders | Http2Headers): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) if (!name.startsWith(":")) headers.set(name, String(value));
  return headers;
}

/** The error that an answer is, wherever its protocol has it. */
export function errorOf(wire: Wire, answer: WireAnswer): ConnectError | undefined {
  const { status, body, headers } = answer;
  const noError = new ConnectError(`status ${status} without an error`, Code.Unknown);
  if (!(headers.get("content-type") ?? "").startsWith(wire.contentType.replace(/\+.*/, ""))) {
    return errorFromJsonBytes(body, undefined, noError);
  }
  if (!isEnveloped(wire)) return status === 200 ? undefined : errorFromJsonBytes(body, undefined, noError);
  if (wire.contentType.startsWith("application/connect+")) {
    return endStreamFromJson(lastMessage(body, endStreamFlag)).error;
  }
  const trailers = hasTrailers(wire) ? grpcTrailersOf(answer) : trailerParse(lastMessage(body, trailerFlag));
  if (!trailers.has("grpc-status")) throw new Error("the answer has no grpc-status");
  return findTrailerError(trailers);
}

/** An answer without a body may have its trailers in its headers ("Trailers-Only"), if these end the stream. */
function grpcTrailersOf({ headers, trailers, body }: WireAnswer): Headers {
  return headers.has("grpc-status") && body.length === 0 && [...trailers].length === 0 ? headers : trailers;
}

/** The last message of a body, which has to have the flag. */
function lastMessage(body: Buffer, flag: number): Uint8Array {
  let at = 0;
  for (;;) {
    const flags = body.readUInt8(at);
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end === body.length && (flags & flag) === flag) return body.subarray(at + 5, end);
    if (end >= body.length) throw new Error("the body has no end");
    at = end;
  }
}
