import type { ErrorFields } from "./fault.js";

/** A fault, or a rule with one, that does not read. The message says what and where. */
export class FaultSyntaxError extends Error {
  override readonly name = "FaultSyntaxError";
}

/** The parameters of one fault. Every reader gives undefined where the parameter is not set. */
export interface FaultParameters {
  /** A decimal integer, 0 or more. */
  integer(name: string): number | undefined;
  text(name: string): string | undefined;
  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  errorFields(): ErrorFields;
  /** Throws where a parameter is left that nobody asked for. */
  refuseUnread(): void;
}

/**
 * Splits `name=value` pairs; values are percent-decoded.
 *
 * @throws FaultSyntaxError for a pair that does not read; the readers throw it for a value that does not fit.
 */
export function parseFaultParameters(fault: string, pairs: readonly string[]): FaultParameters {
  const unread = new Map<string, string>();
  for (const pair of pairs) {
    const [, name, value] = /^\s*([a-z-]+)\s*=\s*(.*?)\s*$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw new FaultSyntaxError(`${fault}: "${pair}" is not name=value`);
    }
    unread.set(name, decodeValue(fault, value));
  }
  const text = (name: string) => {
    const value = unread.get(name);
    unread.delete(name);
    return value;
  };
  return {
    text,
    integer(name) {
      const value = text(name);
      if (value !== undefined && !/^\d{1,15}$/.test(value)) {
        throw new FaultSyntaxError(`${fault}: ${name} must be an integer, 0 or more, not "${value}"`);
      }
      return value === undefined ? undefined : Number(value);
    },
    oneOf(name, choices) {
      const value = text(name);
      const choice = choices.find((candidate) => candidate === value);
      if (value !== undefined && choice === undefined) {
        throw new FaultSyntaxError(`${fault}: ${name} must be one of ${choices.join(", ")}, not "${value}"`);
      }
      return choice;
    },
    errorFields: () => ({ message: text("message"), type: text("type"), param: text("param"), code: text("code") }),
    refuseUnread() {
      const [name] = unread.keys();
      if (name !== undefined) {
        throw new FaultSyntaxError(`${fault}: unknown parameter "${name}"`);
      }
    },
  };
}

function decodeValue(fault: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new FaultSyntaxError(`${fault}: "${value}" has a bad percent-encoding`);
  }
}
