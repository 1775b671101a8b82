/** A Map that refuses to change: `Object.freeze` does not stop `set`. */
export class FrozenMap<Key, Value> extends Map<Key, Value> {
  constructor(entries: Iterable<readonly [Key, Value]>) {
    super();
    for (const [key, value] of entries) super.set(key, value);
    Object.freeze(this);
  }

  /** @throws TypeError always. */
  override set(): never {
    throw new TypeError("a frozen map cannot change");
  }

  /** @throws TypeError always. */
  override delete(): never {
    throw new TypeError("a frozen map cannot change");
  }

  /** @throws TypeError always. */
  override clear(): never {
    throw new TypeError("a frozen map cannot change");
  }
}

/** Freezes a value and all that it holds, and gives it back. Maps must be `FrozenMap`s. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) for (const entry of value.values()) deepFreeze(entry);
  for (const entry of Object.values(value)) deepFreeze(entry);
  return Object.freeze(value);
}
