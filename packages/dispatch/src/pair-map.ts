/** Values by two names. No text is put together for a look, which a Map by text would need for each. */
export class PairMap<Value> {
  readonly #values = new Map<string, Map<string, Value>>();

  /** The value of two names; where there is none, the one that is made. */
  getOrMake(one: string, other: string, make: () => Value): Value {
    const known = this.#values.get(one)?.get(other);
    if (known !== undefined) return known;
    const made = make();
    this.set(one, other, made);
    return made;
  }

  set(one: string, other: string, value: Value): void {
    const values = this.#values.get(one);
    if (values === undefined) this.#values.set(one, new Map([[other, value]]));
    else values.set(other, value);
  }

  /** Forgets the values of names that do not stay. */
  retain(stays: (one: string, other: string) => boolean): void {
    for (const [one, values] of this.#values) {
      for (const other of values.keys()) if (!stays(one, other)) values.delete(other);
      if (values.size === 0) this.#values.delete(one);
    }
  }

  *[Symbol.iterator](): Generator<readonly [one: string, other: string, value: Value], void, undefined> {
    for (const [one, values] of this.#values) for (const [other, value] of values) yield [one, other, value];
  }
}
