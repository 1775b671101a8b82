import fc from "fast-check";
import { unknownFields } from "./json-arbitraries.js";

// Arbitraries that the compiler holds to a type of the public specification: it demands one for every field, optional ones
// too, and one for every kind of a union. A field that is new in the specification does not compile until it is generated.

type OptionalKeys<T> = { [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never }[keyof T];
type Fields<T> = { readonly [Key in keyof T]-?: fc.Arbitrary<Exclude<T[Key], undefined>> };

/** An object with every required field, any of the optional ones, and at times fields that nobody knows. */
export function objectOf<T extends object>(
  required: Fields<Omit<T, OptionalKeys<T>>>,
  optional: Fields<Pick<T, OptionalKeys<T>>>,
): fc.Arbitrary<T> {
  const fields: Record<string, fc.Arbitrary<unknown>> = { ...required, ...optional };
  const known = fc.record(fields, { requiredKeys: Object.keys(required) });
  // `fc.record` cannot follow fields that depend on a type.
  return fc.tuple(known, unknownFields).map(([object, rest]) => ({ ...object, ...rest }) as T);
}

/** One of the objects of a union that `Key` tells apart. */
export function kindsOf<T extends object, Key extends keyof T>(
  kinds: {
    readonly [Kind in T[Key] & string]: fc.Arbitrary<Extract<T, { readonly [Name in Key]: Kind }>>;
  },
): fc.Arbitrary<T> {
  return fc.oneof(...Object.values<fc.Arbitrary<T>>(kinds));
}

interface Forms<T> {
  readonly text: Extract<T, string>;
  readonly number: Extract<T, number>;
  readonly truth: Extract<T, boolean>;
  readonly empty: Extract<T, null>;
  readonly list: Extract<T, readonly unknown[]>;
  readonly object: Exclude<Extract<T, object>, readonly unknown[]>;
}

/** One of the JSON forms that a type has: `string | string[] | null` is a text, a list or empty. */
export function formsOf<T>(
  forms: {
    readonly [Form in keyof Forms<T> as [Forms<T>[Form]] extends [never] ? never : Form]: fc.Arbitrary<Forms<T>[Form]>;
  },
): fc.Arbitrary<T> {
  return fc.oneof(...Object.values<fc.Arbitrary<T>>(forms));
}

/** One of the words of a set. */
export function wordsOf<Word extends string>(words: Readonly<Record<Word, true>>): fc.Arbitrary<Word> {
  // The keys of a record of words are words.
  return fc.constantFrom(...(Object.keys(words) as Word[]));
}

/** Null or a value. */
export function orNull<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { freq: 6 });
}

/** A few of what is given, at least `minLength` (default 0). */
export function listOf<T>(arbitrary: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength, maxLength: 3 });
}
