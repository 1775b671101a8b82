import type { Random } from "../../create-random.js";
import { type Attack, send } from "../fuzz-case.js";
import { frame, frameFlags, frameTypes, greeting, headerField } from "./http2-frames.js";

/** A request, well-formed or not, before it is written in one version of HTTP. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  /** In their order; a name may come twice. Latin-1. */
  readonly headers: readonly HeaderPair[];
  readonly body: Buffer;
}

/** Name and value. */
export type HeaderPair = readonly [name: string, value: string];

/** The call as HTTP/1.1, after which the connection is to be closed. */
export function http1Bytes({ method, path, headers, body }: HttpCall): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(hasHeader(headers, "host") ? [] : ["host: meridian.test"]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body.byteLength > 0 || method === "POST" ? [`content-length: ${body.byteLength}`] : []),
    "connection: close",
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

/** The frames of the call as an HTTP/2 stream. */
export function http2Bytes({ method, path, headers, body }: HttpCall, stream = 1): Buffer {
  const { endStream, endHeaders } = frameFlags;
  const block = Buffer.concat([
    headerField(":method", method),
    headerField(":scheme", "http"),
    headerField(":path", path),
    headerField(":authority", "meridian.test"),
    ...headers.map(([name, value]) => headerField(name.toLowerCase(), value)),
  ]);
  const blocks = inPieces(block);
  const headerFrames = blocks.map((piece, index) => {
    const ends = index === blocks.length - 1 ? endHeaders : 0;
    if (index > 0) return frame(frameTypes.continuation, ends, stream, piece);
    return frame(frameTypes.headers, ends | (body.byteLength === 0 ? endStream : 0), stream, piece);
  });
  const bodies = body.byteLength === 0 ? [] : inPieces(body);
  const dataFrames = bodies.map((piece, index) =>
    frame(frameTypes.data, index === bodies.length - 1 ? endStream : 0, stream, piece),
  );
  return Buffer.concat([...headerFrames, ...dataFrames]);
}

/** The call in either version, as one that has to be answered. */
export function callAttack(random: Random, what: string, call: HttpCall, port: Attack["port"] = "public"): Attack {
  // gRPC is for HTTP/2 alone, and the admin port speaks HTTP/1.1.
  const isGrpc = call.headers.some(
    ([name, value]) => name === "content-type" && /^application\/grpc(\+|$)/.test(value),
  );
  const isLarge = call.body.byteLength > maxUnaskedBytes;
  if (port === "public" && (isGrpc || (!isLarge && random() < 0.3)))
    return { port, what, steps: [send(Buffer.concat([greeting, http2Bytes(call)]))], answer: "stream" };
  return { port, what, steps: [send(http1Bytes(call))], answer: "closed" };
}

/** What may be sent on a stream before the other side gives more room (RFC 9113, section 6.9.2), in bytes. */
const maxUnaskedBytes = 65_535;

function hasHeader(headers: readonly HeaderPair[], name: string): boolean {
  return headers.some(([other]) => other.toLowerCase() === name);
}

/** Of the size that a frame may have at first (RFC 9113, section 4.2). */
function inPieces(bytes: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength || at === 0; at += 16_384) pieces.push(bytes.subarray(at, at + 16_384));
  return pieces;
}
