import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { LoadJob } from "./load-job.js";
import { readBuffer } from "./read-buffer.js";
import type { AnswerEnd, Transport } from "./transport.js";

/** A call and what became of it so far. */
interface Call {
  readonly onData: (bytes: Buffer) => void;
  readonly resolve: (end: AnswerEnd) => void;
  readonly reject: (error: Error) => void;
}

/** The head of an answer, as far as it matters here. */
interface Head {
  readonly end: AnswerEnd;
  /** Bytes of the body; undefined: it comes in chunks. */
  readonly length: number | undefined;
  readonly closes: boolean;
}

/**
 * One connection per call under way, and each request written as bytes that are made once: 0.65 of the CPU that a call takes
 * with undici.
 */
export async function openHttp1(job: LoadJob): Promise<Transport> {
  const { hostname, port } = new URL(job.origin);
  const request = requestBytes(job);
  const idle: Connection[] = [];
  const waiting: Call[] = [];
  const open = new Set<Connection>();

  const release = (connection: Connection, isUsable: boolean) => {
    const next = waiting.shift();
    if (isUsable && next !== undefined) connection.begin(next);
    else if (isUsable) idle.push(connection);
    else if (next !== undefined) start(next);
  };
  const start = (call: Call) => {
    const connection = new Connection(connect(connectionOptions(Number(port), hostname, () => connection)), request, {
      release,
      closed: () => {
        open.delete(connection);
        const place = idle.indexOf(connection);
        if (place >= 0) idle.splice(place, 1);
      },
    });
    open.add(connection);
    connection.begin(call);
  };
  return {
    call: (onData) =>
      new Promise<AnswerEnd>((resolve, reject) => {
        const call = { onData, resolve, reject };
        // The last that was used: those before may be closed by the server as idle.
        const connection = idle.pop();
        if (connection !== undefined) connection.begin(call);
        else if (open.size < job.concurrency) start(call);
        else waiting.push(call);
      }),
    close: async () => {
      await Promise.all([...open].map((connection) => connection.close()));
    },
  };
}

function connectionOptions(port: number, host: string, connection: () => Connection) {
  const callback = (length: number, buffer: Uint8Array) => {
    connection().read(Buffer.from(buffer.subarray(0, length)));
    return true;
  };
  return { port, host, noDelay: true, onread: { buffer: readBuffer, callback } };
}

/** Who gives a connection its calls. */
interface Owner {
  /** Its call is over. */
  release(connection: Connection, isUsable: boolean): void;
  closed(): void;
}

/** A connection with one call at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #owner: Owner;
  #call: Call | undefined;
  #head: Head | undefined;
  /** What was read of the answer and cannot be used yet. */
  #rest: Buffer = empty;
  /** What is still to come of the body, or of the chunk with the line after it; undefined: the size of a chunk. */
  #left: number | undefined;

  constructor(socket: Socket, request: Buffer, owner: Owner) {
    this.#socket = socket;
    this.#request = request;
    this.#owner = owner;
    socket.on("error", () => {});
    socket.on("close", () => {
      owner.closed();
      this.#fail(new Error("the connection closed before the answer was whole"));
    });
  }

  begin(call: Call): void {
    this.#call = call;
    this.#socket.write(this.#request);
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  read(bytes: Buffer): void {
    // What a server says before it is asked, such as that a connection was idle for too long.
    if (this.#call === undefined) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    try {
      if (this.#head === undefined && !this.#readHead()) return;
      const isWhole = this.#head?.length === undefined ? this.#readChunks() : this.#readBody();
      if (isWhole) this.#finish();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.#head = parseHead(this.#rest.toString("latin1", 0, end + 2));
    this.#left = this.#head.length;
    this.#rest = this.#rest.subarray(end + 4);
    return true;
  }

  /** Hands on what has come of the body. Returns whether that was all. */
  #readBody(): boolean {
    const part = this.#rest.subarray(0, this.#left);
    this.#rest = this.#rest.subarray(part.length);
    this.#left = (this.#left ?? 0) - part.length;
    if (part.length > 0) this.#call?.onData(part);
    return this.#left === 0;
  }

  /** The same of a body in chunks (RFC 9112, section 7.1). */
  #readChunks(): boolean {
    for (;;) {
      if (this.#left === undefined) {
        const end = this.#rest.indexOf("\r\n");
        if (end < 0) return false;
        const size = Number.parseInt(this.#rest.toString("latin1", 0, end), 16);
        if (Number.isNaN(size)) throw new Error("a chunk without its size");
        if (size === 0) {
          if (this.#rest.length < end + 4) return false;
          this.#rest = this.#rest.subarray(end + 4);
          return true;
        }
        this.#rest = this.#rest.subarray(end + 2);
        this.#left = size + 2;
      }
      const part = this.#rest.subarray(0, this.#left);
      const content = part.subarray(0, Math.max(0, this.#left - 2));
      this.#rest = this.#rest.subarray(part.length);
      this.#left -= part.length;
      if (content.length > 0) this.#call?.onData(content);
      if (this.#left > 0) return false;
      this.#left = undefined;
    }
  }

  #finish(): void {
    const call = this.#call;
    const head = this.#head;
    this.#call = undefined;
    this.#head = undefined;
    if (call === undefined || head === undefined) return;
    call.resolve(head.end);
    if (head.closes) this.#socket.destroy();
    this.#owner.release(this, !head.closes);
  }

  #fail(error: Error): void {
    const call = this.#call;
    this.#call = undefined;
    if (call === undefined) return;
    call.reject(error);
    this.#owner.release(this, false);
  }
}

function requestBytes({ origin, path, headers, bodyBase64 }: LoadJob): Buffer {
  const body = Buffer.from(bodyBase64, "base64");
  const all = { host: new URL(origin).host, ...headers, "content-length": String(body.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), body]);
}

/** @throws where the answer is of another version of HTTP, or ends only with its connection. */
function parseHead(head: string): Head {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw new Error(`not an answer of HTTP/1.1: ${head.slice(0, 40)}`);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(head))
    throw new Error("an answer without length");
  return {
    end: {
      status: Number(status),
      grpcStatus: undefined,
      retryAfter: /\r\nretry-after: *([^\r]*)/i.exec(head)?.[1],
    },
    length: length === undefined ? undefined : Number(length),
    closes: /\r\nconnection: *close/i.test(head),
  };
}

const empty = Buffer.alloc(0);
