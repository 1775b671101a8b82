/**
 * MurmurHash3_x86_32 of bytes, an unsigned 32-bit number. Not cryptographic: who knows the seed can choose the result.
 * See https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp (public domain).
 */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tailStart = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let offset = 0; offset < tailStart; offset += 4) {
    hash ^= scramble(view.getUint32(offset, true));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let offset = bytes.length - 1; offset >= tailStart; offset--) tail = (tail << 8) | view.getUint8(offset);
  // A tail of nothing scrambles to 0, which changes nothing.
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
