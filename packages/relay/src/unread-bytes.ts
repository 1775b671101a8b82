/** What has come of a stream and was not read yet: in one buffer that is used again, so that a chunk costs no memory of its own. */
export class UnreadBytes {
  #buffer = nothing;
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** Keeps a copy. */
  add(bytes: Uint8Array): void {
    if (this.#to + bytes.byteLength > this.#buffer.byteLength) this.#makeRoom(this.length + bytes.byteLength);
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.byteLength;
  }

  /** The next, no more than so many. They are to be read at once: they change with whatever comes next, of any stream. */
  take(maxBytes: number): Uint8Array {
    const from = this.#from;
    this.#from = Math.min(from + maxBytes, this.#to);
    const taken = this.#buffer.subarray(from, this.#from);
    if (this.#from === this.#to) this.clear();
    return taken;
  }

  /** Forgets what is there, and keeps no more than a chunk takes. */
  clear(): void {
    this.#from = 0;
    this.#to = 0;
    if (this.#buffer.byteLength === smallBytes) return;
    handBack(this.#buffer);
    this.#buffer = nothing;
  }

  #makeRoom(neededBytes: number): void {
    const unread = this.#buffer.subarray(this.#from, this.#to);
    if (neededBytes <= this.#buffer.byteLength) this.#buffer.set(unread);
    else {
      const larger = bufferOf(neededBytes);
      larger.set(unread);
      handBack(this.#buffer);
      this.#buffer = larger;
    }
    this.#to = unread.byteLength;
    this.#from = 0;
  }
}

const nothing = new Uint8Array(0);
/** What a chunk of most relays fits in: a stream may keep it. */
const smallBytes = 512;
/** What waits of a stream that is held up, mostly. */
const largeBytes = 32_768;

/** Large ones that nobody uses: a stream that flows takes one with each read, and is done with it soon. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const maxSpare = 16;

function bufferOf(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes <= smallBytes) return new Uint8Array(smallBytes);
  return bytes <= largeBytes ? (spare.pop() ?? new Uint8Array(largeBytes)) : new Uint8Array(bytes);
}

function handBack(buffer: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength === largeBytes && spare.length < maxSpare) spare.push(buffer);
}
