import { frameFlags, frameTypes } from "../wire/http2-frames.js";

/** A frame that came. */
interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** Whether the one stream of the connection is over, or the connection is to be. */
export function hasEndedStream(bytes: Buffer): boolean {
  const { data, headers, reset, goAway } = frameTypes;
  return framesOf(bytes).some(
    ({ type, flags }) =>
      type === reset ||
      type === goAway ||
      ((type === data || type === headers) && (flags & frameFlags.endStream) !== 0),
  );
}

/** Whether it looks like what an HTTP/2 server says: it begins with SETTINGS. */
export function isHttp2(bytes: Buffer): boolean {
  return bytes.byteLength >= 9 && bytes[3] === frameTypes.settings && bytes.readUInt32BE(5) === 0;
}

/**
 * The statuses of the answers. Those of connections that agreed to no table of headers (the greeting's); where others
 * did, some may be missing: the proxy's log has the code of every call.
 */
export function http2Statuses(bytes: Buffer): readonly number[] {
  return framesOf(bytes)
    .filter(({ type }) => type === frameTypes.headers)
    .flatMap(({ payload }) => statusOf(payload) ?? []);
}

/** The texts of all DATA frames, one after the other. */
export function http2Text(bytes: Buffer): string {
  const payloads = framesOf(bytes).filter(({ type }) => type === frameTypes.data);
  return Buffer.concat(payloads.map(({ payload }) => payload)).toString("latin1");
}

function framesOf(bytes: Buffer): readonly ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  for (let at = 0; at + 9 <= bytes.byteLength; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.byteLength) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

/** Of RFC 7541, appendix A: from index 8 on. */
const statusTable = [200, 204, 206, 304, 400, 404, 500] as const;
const firstStatusIndex = 8;

/** The status that a block of headers begins with, after updates of the table's size. Undefined: it does not. */
function statusOf(block: Buffer): number | undefined {
  let at = 0;
  while (((block[at] ?? 0) & 0xe0) === 0x20) at += 1;
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return statusTable[(first & 0x7f) - firstStatusIndex];
  // A literal with a name of the table, kept or not (RFC 7541, section 6.2).
  const name = (first & 0x40) !== 0 ? first & 0x3f : first & 0x0f;
  const head = block[at + 1] ?? 0;
  const text = block.subarray(at + 2, at + 2 + (head & 0x7f));
  if (name < firstStatusIndex || name >= firstStatusIndex + statusTable.length) return undefined;
  const digits = (head & 0x80) !== 0 ? huffmanDigits(text) : text.toString("latin1");
  return /^\d{3}$/.test(digits) ? Number(digits) : undefined;
}

/** Of RFC 7541, appendix B: what digits there are, 0 to 2 in five bits and 3 to 9 in six. */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3 && at + 5 <= bits.length; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    const isShort = short <= 2;
    const digit = isShort ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0b011001 + 3;
    if (digit > 9 || digit < 0) return "";
    digits += digit;
    at += isShort ? 5 : 6;
  }
  return digits;
}
