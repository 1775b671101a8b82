import { isJsonObject, type JsonObject, type JsonValue } from "@meridian/core";
import { invalidRequestError, type Violation } from "../errors/to-connect-error.js";

interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads the fields of a JSON object, and remembers those that are not what they have to be: they are as good as missing
 * until `finish`. Null is as good as missing, too.
 */
export interface FieldReader {
  text(name: string, maxBytes: number): string | undefined;
  boolean(name: string): boolean | undefined;
  number(name: string, range: Range): number | undefined;
  integer(name: string, range: Range): number | undefined;
  object(name: string): JsonObject | undefined;
  /** A list of texts of at most `maxBytes` each. Default: empty. */
  texts(name: string, maxItems: number, maxBytes: number): readonly string[];
  /** A list of objects that must be there. */
  objects(name: string, items: Range): readonly JsonObject[];
  refuse(violation: Violation): void;
  /** Throws a ConnectError invalid_argument with every field that was refused. */
  finish(): void;
}

/** Creates the reader of an object. */
export function createFieldReader(values: JsonObject): FieldReader {
  const violations: Violation[] = [];
  const refuse = (field: string, description: string, rule: string) => violations.push({ field, description, rule });

  const typed = <T extends JsonValue>(name: string, words: string, is: (value: JsonValue) => value is T) => {
    const value = values[name] ?? null;
    if (value === null || is(value)) return value ?? undefined;
    refuse(name, `must be ${words}`, "openai.type");
    return undefined;
  };

  const ranged = (name: string, words: string, is: (value: JsonValue) => value is number, { min, max }: Range) => {
    const value = typed(name, words, is);
    if (value === undefined || (value >= min && value <= max)) return value;
    refuse(name, `must be ${min} to ${max}`, "openai.range");
    return undefined;
  };

  const isShort = (name: string, value: string, maxBytes: number): boolean => {
    if (Buffer.byteLength(value) <= maxBytes) return true;
    refuse(name, `must be at most ${maxBytes} bytes`, "openai.max_bytes");
    return false;
  };

  return {
    text(name, maxBytes) {
      const value = typed(name, "a string", isString);
      return value === undefined || isShort(name, value, maxBytes) ? value : undefined;
    },
    boolean: (name) => typed(name, "true or false", isBoolean),
    number: (name, range) => ranged(name, "a number", isNumber, range),
    integer: (name, range) => ranged(name, "a whole number", isInteger, range),
    object: (name) => typed(name, "an object", isJsonObject),
    texts(name, maxItems, maxBytes) {
      const items = typed(name, "a list of strings", isTexts) ?? [];
      if (items.length > maxItems) refuse(name, `must have at most ${maxItems} items`, "openai.max_items");
      return items.filter((item, index) => isShort(`${name}[${index}]`, item, maxBytes));
    },
    objects(name, { min, max }) {
      const items = typed(name, "a list of objects", isObjects) ?? [];
      const isRefused = violations.some(({ field }) => field === name);
      if (!isRefused && (items.length < min || items.length > max))
        refuse(name, `must have ${min} to ${max} items`, "openai.items");
      return items;
    },
    refuse: (violation) => violations.push(violation),
    finish() {
      if (violations.length > 0) throw invalidRequestError(violations.slice(0, maxViolations));
    },
  };
}

/** The most violations that one error tells of. */
const maxViolations = 16;

const isString = (value: JsonValue) => typeof value === "string";
const isBoolean = (value: JsonValue) => typeof value === "boolean";
const isNumber = (value: JsonValue) => typeof value === "number";
const isInteger = (value: JsonValue): value is number => Number.isSafeInteger(value);
const isTexts = (value: JsonValue): value is readonly string[] => Array.isArray(value) && value.every(isString);
const isObjects = (value: JsonValue): value is readonly JsonObject[] =>
  Array.isArray(value) && value.every(isJsonObject);
