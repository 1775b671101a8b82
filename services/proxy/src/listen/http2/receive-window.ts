/**
 * What a peer may send of a stream, or of all streams of a connection, before it hears of us again.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-6.9
 */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;
  #taken = 0;

  /** @param size in bytes, as the peer knows it */
  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** To be called for what has come; false: it is more than there was room for. */
  arrive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** To be called for what nobody holds any more. Says by how much to widen the window, once that is half of it; 0 until then. */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken * 2 < this.#size) return 0;
    const widened = this.#taken;
    this.#taken = 0;
    this.#left += widened;
    return widened;
  }
}
