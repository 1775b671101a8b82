import { ByteWriter } from "./byte-writer.js";
import type { FieldSink, WriteFields } from "./field-sink.js";

/**
 * Writes a message as JSON, with the names of the contract.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function jsonOf<T>(value: T, write: WriteFields<T>): Buffer {
  const sink = new JsonSink();
  sink.object(value, write);
  return sink.bytes.written();
}

const comma = 0x2c;
const colon = 0x3a;
/** The names of the contract are short. */
const maxNameBytes = 70;

class JsonSink implements FieldSink {
  readonly bytes = new ByteWriter();
  #isFirst = true;

  object<T>(value: T, write: WriteFields<T>): void {
    this.bytes.text("{");
    this.#isFirst = true;
    write(this, value);
    this.bytes.text("}");
    this.#isFirst = false;
  }

  text(number: number, name: string, value: string | undefined): void {
    if (value !== "") this.optionalText(number, name, value);
  }

  optionalText(_number: number, name: string, value: string | undefined): void {
    if (value === undefined) return;
    this.#name(name);
    this.#string(value);
  }

  texts(_number: number, name: string, values: readonly string[]): void {
    if (values.length > 0) this.#value(name, JSON.stringify(values));
  }

  int32(_number: number, name: string, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.#value(name, String(value));
  }

  // 64 bits are more than a number of JSON holds.
  int64(_number: number, name: string, value: bigint | number): void {
    if (value !== 0 && value !== 0n) this.#value(name, `"${value}"`);
  }

  double(_number: number, name: string, value: number): void {
    // JSON has no numbers for what is not finite. That -0 is not left out as 0 is, is Protobuf's rule.
    if (!Object.is(value, 0)) this.#value(name, Number.isFinite(value) ? String(value) : `"${value}"`);
  }

  data(_number: number, name: string, value: readonly number[] | undefined): void {
    if (value !== undefined && value.length > 0) this.#value(name, `"${Buffer.from(value).toString("base64")}"`);
  }

  message<T>(_number: number, name: string, value: T | undefined, write: WriteFields<T>): void {
    if (value === undefined) return;
    this.#name(name);
    this.object(value, write);
  }

  messages<T>(_number: number, name: string, values: readonly T[], write: WriteFields<T>): void {
    if (values.length === 0) return;
    this.#name(name);
    let separator = "[";
    for (const value of values) {
      this.bytes.text(separator);
      this.object(value, write);
      separator = ",";
    }
    this.bytes.text("]");
  }

  #value(name: string, json: string): void {
    this.#name(name);
    this.bytes.text(json);
  }

  #name(name: string): void {
    const { bytes } = this;
    bytes.makeRoom(maxNameBytes);
    if (!this.#isFirst) bytes.byte(comma);
    this.#isFirst = false;
    bytes.quoted(name);
    bytes.byte(colon);
  }

  #string(value: string): void {
    if (!this.bytes.quoted(value)) this.bytes.text(JSON.stringify(value));
  }
}
