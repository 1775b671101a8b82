import { UpstreamError } from "@meridian/core";
import type { Dispatcher } from "undici";
import { malformed } from "./parse-answer.js";

/** A response whose headers have arrived. */
export type RelayResponse = Dispatcher.ResponseData;

/** How long a body that nobody needs may take to end before its socket is closed, in milliseconds. */
const releaseMs = 1_000;
/** How much of it is read, so that the connection can be used again, in bytes. */
const releaseBytes = 64 * 1024;

/** The bytes of a body. */
export interface BodyBytes {
  /** Read as they are asked for. Leaving early closes the socket. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Says that all that matters has been read: leaving then keeps the connection, if the rest is short. */
  finish(): void;
  /** Closes the socket at once, also under a read; does nothing after `finish`. */
  close(): void;
}

/** Reads a body. Rejects with a `stream_truncated` where it ends early, or with the reason of the signal. */
export function bodyBytes(response: RelayResponse, signal: AbortSignal): BodyBytes {
  let isFinished = false;
  return {
    bytes: readBody(response, signal, () => isFinished),
    finish() {
      isFinished = true;
    },
    close() {
      if (!isFinished) response.body.destroy();
    },
  };
}

async function* readBody(
  response: RelayResponse,
  signal: AbortSignal,
  isFinished: () => boolean,
): AsyncGenerator<Uint8Array> {
  let isEnded = false;
  try {
    for await (const chunk of response.body.iterator({ destroyOnReturn: false })) yield chunk;
    isEnded = true;
  } catch (error) {
    signal.throwIfAborted();
    throw new UpstreamError({ kind: "stream_truncated", deltas: 0 }, { cause: error });
  } finally {
    if (!isEnded && isFinished()) releaseBody(response);
    else if (!isEnded) response.body.destroy();
  }
}

/** The whole body as text. */
export async function readText(response: RelayResponse, maxBytes: number, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyBytes(response, signal).bytes) {
    length += chunk.byteLength;
    if (length > maxBytes) throw malformed(response.statusCode, `the body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * What a body says as far as it comes soon, and nothing where it does not: for a refusal, whose status matters more.
 * Rejects with the reason of the signal.
 */
export async function readBriefly(response: RelayResponse, maxBytes: number, signal: AbortSignal): Promise<string> {
  const timer = setTimeout(() => response.body.destroy(), releaseMs);
  try {
    return await readText(response, maxBytes, signal);
  } catch {
    signal.throwIfAborted();
    return "";
  } finally {
    clearTimeout(timer);
  }
}

/** Lets go of a body that nobody needs any more: reads a short rest away, closes the socket under a long one. */
export function releaseBody({ body }: RelayResponse): void {
  body.dump({ limit: releaseBytes, signal: AbortSignal.timeout(releaseMs) }).catch(() => {});
}

/** The media type, in lower case, without parameters; empty where none is given. */
export function mediaType(response: RelayResponse): string {
  return (header(response, "content-type") ?? "").split(";", 1).join("").trim().toLowerCase();
}

/** A header's value; the first one where it came more than once. */
export function header({ headers }: RelayResponse, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
