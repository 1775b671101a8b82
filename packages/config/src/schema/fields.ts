import { z } from "zod";

/** A whole number within limits. */
export function integer(minimum: number, maximum: number): z.ZodNumber {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  // In one step: each method of a schema makes another one.
  return z.number(error).check(z.int(error), z.gte(minimum, error), z.lte(maximum, error));
}

/** A duration in milliseconds: at most an hour, unless said otherwise. */
export function milliseconds(minimum = 1, maximum = 3_600_000): z.ZodNumber {
  return integer(minimum, maximum);
}

/** A number within limits, with at most two decimals. */
export function decimal(minimum: number, maximum: number) {
  const error = `must be a number from ${minimum} to ${maximum} with at most two decimals`;
  return z
    .number(error)
    .min(minimum, error)
    .max(maximum, error)
    .refine((value) => /^-?\d+(\.\d{1,2})?$/.test(String(value)), error);
}

/** Text of a fixed form. The message says which; it must not hold the text. */
export function text(pattern: RegExp, error: string): z.ZodString {
  return z.string(error).regex(pattern, error);
}

/** The name of an endpoint or a credential: it becomes a part of header values, metric labels and deployment ids. */
export function name(): z.ZodString {
  return text(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be a name of at most 63 letters, digits, ".", "_" and "-", starting with a letter or digit',
  );
}

/** A model's id: what callers and the relay name it by. */
export function modelId(): z.ZodString {
  return text(
    /^(?!auto$)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/,
    'must be a model id of at most 128 letters, digits and "._:/@-", starting with a letter or digit, and not "auto"',
  );
}

/** A name that callers may use for a model. A comma ends a name where callers list several. */
export function aliasName() {
  const error = 'must be a name of 1 to 128 bytes without commas, spaces or control characters, and not "auto"';
  return text(/^(?!auto$)[^,\s\p{C}]+$/u, error).refine((value) => Buffer.byteLength(value) <= 128, error);
}

/** One of a few words. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `must be one of ${values.join(", ")}`);
}

/** A switch. */
export function flag(): z.ZodBoolean {
  return z.boolean("must be true or false, without quotes");
}

/** Where a secret stands: `${env:NAME}` or `${file:path}`, never the secret. */
export function secretReference(): z.ZodString {
  return text(
    secretReferencePattern,
    "must be a reference to the secret, ${env:NAME} or ${file:path}; a key itself never stands in this file",
  );
}

/** The two forms of a reference: its kind, and the variable's name or the file's path. */
export const secretReferencePattern = /^\$\{(env|file):([^${}]+)\}$/;

/**
 * A mapping with these keys and no other. The message of an unknown key is the list of those that are known, out of
 * which `describeIssue` makes the problem.
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(", ") : undefined),
  });
}
