import { connect } from "node:net";

/** The types of frames, see RFC 9113, section 6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Their flags. */
export const [endStream, endHeaders] = [1, 4] as const;

/** A frame, see RFC 9113, section 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A number of four bytes, as the payload of RST_STREAM and WINDOW_UPDATE is. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header as HPACK writes it without a table, see RFC 7541, section 6.2.2. `isKept`: with one, section 6.2.1. */
export function headerField(name: string, value: string, isKept = false): Buffer {
  const texts = [name, value].map(Buffer.from).flatMap((text) => [lengthOf(text.byteLength), text]);
  return Buffer.concat([Buffer.of(isKept ? 0x40 : 0), ...texts]);
}

/** See RFC 7541, section 5.1, with a prefix of seven bits. */
function lengthOf(length: number): Buffer {
  if (length < 127) return Buffer.of(length);
  const bytes = [127];
  for (let rest = length - 127; ; rest >>= 7) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

/** The headers of a POST over clear text. */
export function requestHeaders(path: string): Buffer {
  return Buffer.concat([
    // :method POST and :scheme http, from the static table.
    Buffer.of(0x83, 0x86),
    headerField(":path", path),
    headerField(":authority", "a"),
    headerField("content-type", "application/json"),
  ]);
}

/** A peer that writes what frames it likes. */
export interface Http2Peer {
  /** Sends, and waits while the connection takes no more. Does nothing on a closed one. */
  send(bytes: Uint8Array): Promise<void>;
  /** Whether the other side has closed the connection. */
  isClosed(): boolean;
  /** Resolves when it has. */
  readonly closed: Promise<unknown>;
  /** The payloads that have come in frames of a type. */
  received(type: number): readonly Buffer[];
  /** Whether the last frame of a stream has come. */
  ended(stream: number): boolean;
  close(): void;
}

/** The flag of SETTINGS that agrees to them. */
const acknowledged = 1;

/** Connects, sends the preface, and agrees to the settings that come. A peer that does not read takes no answer off its connection. */
export function openHttp2Peer(url: string, reads = true): Http2Peer {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(reads);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const frames: { readonly type: number; readonly payload: Buffer }[] = [];
  const endedStreams = new Set<number>();
  let rest: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  if (reads) {
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const end = 9 + rest.readUIntBE(0, 3);
        const type = rest.readUInt8(3);
        frames.push({ type, payload: Buffer.from(new Uint8Array(rest.subarray(9, end)).buffer) });
        const mayEnd = type === frameTypes.data || type === frameTypes.headers;
        if (mayEnd && (rest.readUInt8(4) & endStream) !== 0) endedStreams.add(rest.readUInt32BE(5));
        if (type === frameTypes.settings && rest.readUInt8(4) !== acknowledged)
          socket.write(frame(type, acknowledged, 0));
        rest = rest.subarray(end);
      }
    });
  }
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(frameTypes.settings, 0, 0));
  return {
    async send(bytes) {
      if (socket.destroyed || socket.write(bytes)) return;
      await new Promise((resolve) => {
        socket.once("drain", resolve).once("close", resolve);
        // A peer whose answers are not read is not read itself; it is enough to try again.
        setTimeout(resolve, 100);
      });
    },
    isClosed: () => socket.destroyed,
    closed,
    received: (type) => frames.filter((one) => one.type === type).map(({ payload }) => payload),
    ended: (stream) => endedStreams.has(stream),
    close: () => socket.destroy(),
  };
}
