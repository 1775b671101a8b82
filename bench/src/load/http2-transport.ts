import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type DecodedHeader, decodeHeaderBlock } from "./hpack-decoder.js";
import type { LoadJob } from "./load-job.js";
import { readBuffer } from "./read-buffer.js";
import type { AnswerEnd, Transport } from "./transport.js";

/** Calls that are on one connection at most: servers have limits, and 100 is the least that they should be. */
const callsPerSession = 100;
/** Calls take connections in turn: a few callers, each with several calls on one connection. */
const fewestSessions = 4;

/**
 * HTTP/2 without TLS and with prior knowledge. Frames are written as bytes that are made once, and of what is read only
 * the status is decoded. A call takes 0.6 of the CPU that it takes with Node's client: where thousands are made in a second, a
 * load generator that cannot keep up is measured as if it were the subject.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
export async function openHttp2(job: LoadJob): Promise<Transport> {
  const atOnce = Math.min(job.calls, job.concurrency);
  const sessionCount = Math.max(fewestSessions, Math.ceil(atOnce / callsPerSession));
  const request = requestOf(job);
  const { hostname, port } = new URL(job.origin);
  const open = () => openSession(Number(port), hostname, request);
  const sessions = await Promise.all(Array.from({ length: sessionCount }, open));
  let next = 0;
  const nextWithRoom = (): Session | undefined => {
    for (let looked = 0; looked < sessions.length; looked += 1) {
      next = (next + 1) % sessions.length;
      if (sessions[next]?.hasRoom === true) return sessions[next];
    }
    return undefined;
  };
  let opening: Promise<unknown> | undefined;
  const call: Transport["call"] = (onData) => nextWithRoom()?.call(onData) ?? callOnAnother(onData);
  /** Where all have as many calls as the server takes. */
  const callOnAnother: Transport["call"] = async (onData) => {
    opening ??= open()
      .then((session) => sessions.push(session))
      .finally(() => {
        opening = undefined;
      });
    await opening;
    return call(onData);
  };
  return {
    call,
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

const frameType = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
const setting = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4 } as const;
const frameHeadBytes = 9;
const maxFrameBytes = 16_384;
const defaultWindow = 65_535;
const largestWindow = 2 ** 31 - 1;

interface Request {
  /** The frame of its headers. */
  readonly headers: Buffer;
  readonly body: Buffer;
}

interface Call {
  readonly onData: (bytes: Buffer) => void;
  readonly resolve: (end: AnswerEnd) => void;
  readonly reject: (error: Error) => void;
  status: number;
  grpcStatus: string | undefined;
  retryAfter: string | undefined;
  /** Of its body, bytes that have been sent. */
  sent: number;
  /** Bytes of its body that the server takes. */
  window: number;
}

async function openSession(port: number, host: string, request: Request): Promise<Session> {
  const callback = (length: number, buffer: Uint8Array) => {
    session.read(Buffer.from(buffer.subarray(0, length)));
    return true;
  };
  const socket = connect({ port, host, noDelay: true, onread: { buffer: readBuffer, callback } });
  const session = new Session(socket, request);
  await session.isReady;
  return session;
}

/** A connection with many calls. */
class Session {
  /** Resolves once the server has said what it takes. */
  readonly isReady: Promise<void>;
  #becomeReady = () => {};
  readonly #socket: Socket;
  readonly #request: Request;
  readonly #calls = new Map<number, Call>();
  /** Calls whose bodies have not been sent whole. */
  readonly #sending = new Map<number, Call>();
  #lastStream = -1;
  /** What was read of a frame that is not whole. */
  #rest: Buffer = Buffer.alloc(0);
  /** The block of headers that is not whole. */
  #block: Buffer[] = [];
  #blockEndsStream = false;
  #window = defaultWindow;
  #initialWindow = defaultWindow;
  #maxCalls = Number.POSITIVE_INFINITY;
  /** Bytes of bodies that were read since the server was last given a window. */
  #received = 0;
  #isCorked = false;

  constructor(socket: Socket, request: Request) {
    this.#socket = socket;
    this.#request = request;
    this.isReady = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection closed before the server said what it takes")));
    });
    socket.on("close", () => this.#failAll(new Error("the connection closed before the answer was whole")));
    socket.write(opening);
  }

  /** Whether the server takes one more call. */
  get hasRoom(): boolean {
    return !this.#socket.destroyed && this.#calls.size < this.#maxCalls;
  }

  /** To be called where there is room. */
  call(onData: (bytes: Buffer) => void): Promise<AnswerEnd> {
    return new Promise((resolve, reject) => {
      this.#lastStream += 2;
      const stream = this.#lastStream;
      const call: Call = {
        ...{ onData, resolve, reject, status: 0, grpcStatus: undefined, retryAfter: undefined, sent: 0 },
        window: this.#initialWindow,
      };
      this.#calls.set(stream, call);
      const headers = Buffer.from(this.#request.headers);
      headers.writeUInt32BE(stream, 5);
      this.#write(headers);
      this.#sending.set(stream, call);
      this.#sendBody(stream, call);
    });
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    this.#socket.end(frame(frameType.goAway, 0, 0, Buffer.alloc(8)));
    this.#socket.destroySoon();
    await closed;
  }

  read(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    try {
      while (all.length - at >= frameHeadBytes) {
        const end = at + frameHeadBytes + all.readUIntBE(at, 3);
        if (all.length < end) break;
        const payload = all.subarray(at + frameHeadBytes, end);
        this.#take(all.readUInt8(at + 3), all.readUInt8(at + 4), all.readUInt32BE(at + 5), payload);
        at = end;
      }
    } catch (error) {
      this.#failAll(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
    this.#rest = all.subarray(at);
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case frameType.data: {
        this.#count(payload.length);
        const content = unpadded(flags, payload);
        if (content.length > 0) this.#calls.get(stream)?.onData(content);
        if ((flags & flag.endStream) !== 0) this.#end(stream);
        return;
      }
      case frameType.headers:
        this.#blockEndsStream = (flags & flag.endStream) !== 0;
        this.#block = [unpadded(flags, payload).subarray((flags & flag.priority) === 0 ? 0 : 5)];
        if ((flags & flag.endHeaders) !== 0) this.#takeBlock(stream);
        return;
      case frameType.continuation:
        this.#block.push(payload);
        if ((flags & flag.endHeaders) !== 0) this.#takeBlock(stream);
        return;
      case frameType.resetStream:
        this.#fail(stream, new Error(`the stream was reset, code ${payload.readUInt32BE(0)}`));
        return;
      case frameType.settings:
        if ((flags & flag.ack) === 0) this.#takeSettings(payload);
        return;
      case frameType.ping:
        if ((flags & flag.ack) === 0) this.#write(frame(frameType.ping, flag.ack, 0, payload));
        return;
      case frameType.goAway:
        if (payload.readUInt32BE(4) !== 0) throw new Error(`the server said goodbye, code ${payload.readUInt32BE(4)}`);
        return;
      case frameType.windowUpdate:
        this.#takeWindow(stream, payload.readUInt32BE(0));
        return;
    }
  }

  #takeBlock(stream: number): void {
    const call = this.#calls.get(stream);
    const headers: readonly DecodedHeader[] = decodeHeaderBlock(
      this.#block.length === 1 ? (this.#block[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#block),
    );
    if (call !== undefined) {
      for (const [name, value] of headers) {
        // An answer without a body has in its headers what others have in their trailers.
        if (name === ":status") call.status = Number(value);
        else if (name === "grpc-status") call.grpcStatus = value;
        else if (name === "retry-after") call.retryAfter = value;
      }
    }
    if (this.#blockEndsStream) this.#end(stream);
  }

  #takeSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) === setting.maxConcurrentStreams) this.#maxCalls = payload.readUInt32BE(at + 2);
      if (payload.readUInt16BE(at) !== setting.initialWindowSize) continue;
      const change = payload.readUInt32BE(at + 2) - this.#initialWindow;
      this.#initialWindow += change;
      for (const call of this.#sending.values()) call.window += change;
    }
    this.#write(frame(frameType.settings, flag.ack, 0, Buffer.alloc(0)));
    this.#becomeReady();
    this.#sendBodies();
  }

  #takeWindow(stream: number, bytes: number): void {
    if (stream === 0) {
      this.#window += bytes;
      this.#sendBodies();
      return;
    }
    const call = this.#sending.get(stream);
    if (call === undefined) return;
    call.window += bytes;
    this.#sendBody(stream, call);
  }

  #sendBodies(): void {
    for (const [stream, call] of this.#sending) this.#sendBody(stream, call);
  }

  /** Sends as much of the body as the server takes. */
  #sendBody(stream: number, call: Call): void {
    const { body } = this.#request;
    for (;;) {
      const size = Math.min(body.length - call.sent, call.window, this.#window, maxFrameBytes);
      if (size <= 0 && call.sent < body.length) return;
      const content = body.subarray(call.sent, call.sent + size);
      call.sent += size;
      call.window -= size;
      this.#window -= size;
      const isAll = call.sent === body.length;
      this.#write(frame(frameType.data, isAll ? flag.endStream : 0, stream, content));
      if (!isAll) continue;
      this.#sending.delete(stream);
      return;
    }
  }

  /** The window of the connection is as large as can be, and large again before it is used up. */
  #count(bytes: number): void {
    this.#received += bytes;
    if (this.#received < largestWindow / 2) return;
    this.#write(windowUpdate(this.#received));
    this.#received = 0;
  }

  #end(stream: number): void {
    const call = this.#calls.get(stream);
    // Answered before its request was whole: to the server it is open until it is told.
    if (this.#sending.has(stream)) this.#write(frame(frameType.resetStream, 0, stream, Buffer.alloc(4)));
    this.#forget(stream);
    call?.resolve({ status: call.status, grpcStatus: call.grpcStatus, retryAfter: call.retryAfter });
  }

  #fail(stream: number, error: Error): void {
    const call = this.#calls.get(stream);
    this.#forget(stream);
    call?.reject(error);
  }

  #failAll(error: Error): void {
    for (const stream of [...this.#calls.keys()]) this.#fail(stream, error);
  }

  #forget(stream: number): void {
    this.#calls.delete(stream);
    this.#sending.delete(stream);
  }

  /** What is written in one turn goes out as one. */
  #write(bytes: Buffer): void {
    if (this.#socket.writableEnded) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }
}

function unpadded(flags: number, payload: Buffer): Buffer {
  return (flags & flag.padded) === 0 ? payload : payload.subarray(1, payload.length - payload.readUInt8(0));
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return payload.length === 0 ? head : Buffer.concat([head, payload]);
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(frameType.windowUpdate, 0, 0, payload);
}

function settings(values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * values.length);
  for (const [index, [id, value]] of values.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return frame(frameType.settings, 0, 0, payload);
}

/** What a connection begins with: no dynamic table, and all that a subject has to say at once. */
const opening = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  settings([
    [setting.headerTableSize, 0],
    [setting.enablePush, 0],
    [setting.initialWindowSize, largestWindow],
  ]),
  windowUpdate(largestWindow - defaultWindow),
]);

/** The headers of the request as literals, which need no table of either side. */
function requestOf({ origin, path, headers, bodyBase64 }: LoadJob): Request {
  const { host } = new URL(origin);
  const all = { ":method": "POST", ":scheme": "http", ":authority": host, ":path": path, ...headers };
  const block = Object.entries(all).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]);
  return {
    headers: frame(frameType.headers, flag.endHeaders, 0, Buffer.concat(block)),
    body: Buffer.from(bodyBase64, "base64"),
  };
}

/** @throws where the text needs more than one byte for its length: nothing that is sent here does. */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length > 126) throw new Error(`a header of ${bytes.length} bytes, of 126`);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
