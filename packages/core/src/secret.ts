const redacted = "[redacted]";

/**
 * A value that must never be printed. Only `reveal()` gives it; text, JSON and `util.inspect` show "[redacted]".
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it only where the value leaves for the relay. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same value. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  /** What Node's `util.inspect` and `console.log` show, see https://nodejs.org/api/util.html#utilinspectcustom. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}
