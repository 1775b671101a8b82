/** Flags and length, before each message: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

/** The one message of a body with prefixes, not compressed; undefined where it is anything else. */
export function onlyMessageIn(body: Buffer): Uint8Array | undefined {
  const isOnly = body.length >= prefixBytes && body[0] === 0 && body.readUInt32BE(1) === body.length - prefixBytes;
  return isOnly ? body.subarray(prefixBytes) : undefined;
}
