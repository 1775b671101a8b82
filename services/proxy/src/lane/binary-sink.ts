import { ByteWriter } from "./byte-writer.js";
import type { FieldSink, WriteFields } from "./field-sink.js";

/**
 * Writes a message in Protobuf's binary form.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function binaryOf<T>(value: T, write: WriteFields<T>): Buffer {
  const sink = new BinarySink();
  write(sink, value);
  return sink.bytes.written();
}

/** How a value is laid out, in the last three bits of its tag. */
const wire = { varint: 0, eight: 1, length: 2 } as const;
const maxTagBytes = 5;
const maxVarintBytes = 10;

class BinarySink implements FieldSink {
  readonly bytes = new ByteWriter();

  text(number: number, name: string, value: string | undefined): void {
    if (value !== "") this.optionalText(number, name, value);
  }

  optionalText(number: number, _name: string, value: string | undefined): void {
    if (value === undefined) return;
    const { bytes } = this;
    const start = bytes.length;
    // Of ASCII, which most texts are, a unit is a byte.
    this.#head(number, value.length);
    if (bytes.short(value)) return;
    bytes.length = start;
    this.#head(number, Buffer.byteLength(value));
    bytes.text(value);
  }

  texts(number: number, name: string, values: readonly string[]): void {
    for (const value of values) this.optionalText(number, name, value);
  }

  int32(number: number, _name: string, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.#integer(number, value);
  }

  int64(number: number, _name: string, value: bigint | number): void {
    if (value !== 0 && value !== 0n) this.#integer(number, value);
  }

  double(number: number, _name: string, value: number): void {
    if (Object.is(value, 0)) return;
    const { bytes } = this;
    bytes.makeRoom(maxTagBytes + 8);
    this.#varint((number << 3) | wire.eight);
    bytes.length = bytes.buffer.writeDoubleLE(value, bytes.length);
  }

  data(number: number, _name: string, value: readonly number[] | undefined): void {
    if (value === undefined || value.length === 0) return;
    const { bytes } = this;
    this.#head(number, value.length);
    bytes.makeRoom(value.length);
    for (const byte of value) bytes.byte(byte);
  }

  message<T>(number: number, _name: string, value: T | undefined, write: WriteFields<T>): void {
    if (value === undefined) return;
    const { bytes } = this;
    // Most messages are so short that one byte tells their length; a longer one moves to make room for it.
    this.#head(number, 0);
    const start = bytes.length;
    write(this, value);
    const length = bytes.length - start;
    const moved = varintBytes(length) - 1;
    if (moved > 0) {
      bytes.makeRoom(moved);
      bytes.buffer.copyWithin(start + moved, start, start + length);
    }
    bytes.length = start - 1;
    this.#varint(length);
    bytes.length += length;
  }

  messages<T>(number: number, name: string, values: readonly T[], write: WriteFields<T>): void {
    for (const value of values) this.message(number, name, value, write);
  }

  /** The tag and the length of what has one. */
  #head(number: number, length: number): void {
    this.bytes.makeRoom(maxTagBytes + maxVarintBytes);
    this.#varint((number << 3) | wire.length);
    this.#varint(length);
  }

  #integer(number: number, value: bigint | number): void {
    this.bytes.makeRoom(maxTagBytes + maxVarintBytes);
    this.#varint((number << 3) | wire.varint);
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.#varint(Number(value));
    else this.#longVarint(BigInt.asUintN(64, BigInt(value)));
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.bytes.byte((rest % 0x80) | 0x80);
    this.bytes.byte(rest);
  }

  #longVarint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.bytes.byte(Number(rest & 0x7fn) | 0x80);
    this.bytes.byte(Number(rest));
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
