/**
 * Splits the length-prefixed messages of gRPC and of Connect streams. Returns a function to feed bytes to, cut anywhere.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function createEnvelopeSplitter(onMessage: (flags: number, message: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let start = 0;
    while (rest.length - start >= prefixBytes) {
      const end = start + prefixBytes + rest.readUInt32BE(start + 1);
      if (rest.length < end) break;
      onMessage(rest.readUInt8(start), rest.subarray(start + prefixBytes, end));
      start = end;
    }
    rest = rest.subarray(start);
  };
}

/** Puts a message into an envelope without flags. */
export function envelope(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** One byte of flags, four of length. */
const prefixBytes = 5;
