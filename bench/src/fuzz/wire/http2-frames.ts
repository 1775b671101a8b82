/** The types of frames, see RFC 9113, section 6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Their flags. */
export const frameFlags = { acknowledged: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** What every HTTP/2 connection begins with, see RFC 9113, section 3.4. */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A frame, see RFC 9113, section 4.1. `length`: what it says of itself; default: the truth. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
  length = payload.byteLength,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head.writeUInt8(type & 0xff, 3);
  head.writeUInt8(flags & 0xff, 4);
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** A number of four bytes, as the payload of RST_STREAM and WINDOW_UPDATE is. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** An entry of SETTINGS, see RFC 9113, section 6.5.1. */
export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id & 0xffff);
  bytes.writeUInt32BE(value >>> 0, 2);
  return bytes;
}

/** A header as HPACK writes it without a table, see RFC 7541, section 6.2.2; Latin-1. */
export function headerField(name: string, value: string): Buffer {
  const texts = [name, value].map((text) => Buffer.from(text, "latin1"));
  return Buffer.concat([Buffer.of(0), ...texts.flatMap((text) => [hpackLength(text.byteLength), text])]);
}

/** See RFC 7541, section 5.1, with a prefix of seven bits. */
function hpackLength(length: number): Buffer {
  if (length < 127) return Buffer.of(length);
  const bytes = [127];
  for (let rest = length - 127; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const maxWindow = 2 ** 31 - 1;
const defaultWindow = 65_535;

/**
 * Preface and settings of a peer that takes any answer at once. Without a table of headers (HEADER_TABLE_SIZE 0), so that
 * each block of them can be read by itself.
 */
export const greeting = Buffer.concat([
  preface,
  frame(frameTypes.settings, 0, 0, Buffer.concat([setting(1, 0), setting(4, maxWindow)])),
  frame(frameTypes.windowUpdate, 0, 0, uint32(maxWindow - defaultWindow)),
  frame(frameTypes.settings, frameFlags.acknowledged, 0),
]);
