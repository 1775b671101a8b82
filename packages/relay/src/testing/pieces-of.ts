/** Bytes in pieces, as a socket might give them; `size` says how long each is. */
export function* piecesOf(bytes: Uint8Array, size: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const next = at + size();
    yield bytes.subarray(at, next);
    at = next;
  }
}
