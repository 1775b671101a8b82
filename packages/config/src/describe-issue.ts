import type { z } from "zod";
import type { ConfigPath } from "./config-problem.js";
import { nearestName, unknownKey } from "./suggest.js";

/** A problem before it has a place in the text. */
export interface DescribedIssue {
  readonly path: ConfigPath;
  /** The key itself is what is wrong. */
  readonly at?: "key";
  readonly message: string;
}

/** Says what zod found in plain words. `root` is the whole value: what stands at a path is named by its type only. */
export function describeIssue(issue: z.core.$ZodIssue, root: unknown, parents: ConfigPath = []): DescribedIssue[] {
  const path = [...parents, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  switch (issue.code) {
    case "unrecognized_keys": {
      // `section` puts the known keys where zod has its message.
      const known = issue.message.split(", ");
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known), at: "key" }));
    }
    case "invalid_union": {
      // The branch that got furthest is the one that was meant: a mapping whose keys are wrong, not "null" or "false".
      const branch = issue.errors.find((errors) => errors.some(({ path: inner }) => inner.length > 0));
      if (branch !== undefined) return branch.flatMap((inner) => describeIssue(inner, root, path));
      const unknown = issue.errors.flat().find(({ code }) => code === "unrecognized_keys");
      if (unknown !== undefined) return describeIssue(unknown, root, path);
      const removable = issue.errors.flat().some((inner) => inner.code === "invalid_type" && inner.expected === "null");
      const expected = removable ? "must be a mapping, or null or false to remove the built-in one" : issue.message;
      return [{ path, message: withReceived(expected, valueAt(root, path)) }];
    }
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? issue.message, at: "key" }];
    case "invalid_type":
      return [{ path, message: typeMessage(issue, valueAt(root, path)) }];
    case "invalid_value": {
      const value = valueAt(root, path);
      if (typeof value !== "string") return [{ path, message: withReceived(issue.message, value) }];
      const nearest = nearestName(value, issue.values.map(String));
      return [
        { path, message: nearest === undefined ? issue.message : `${issue.message}; did you mean "${nearest}"?` },
      ];
    }
    case "too_big":
    case "too_small":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_element":
    case "custom":
      return [{ path, message: issue.message }];
  }
}

function typeMessage(issue: z.core.$ZodIssueInvalidType, value: unknown): string {
  if (issue.expected !== "object") return withReceived(issue.message, value);
  if (value === null) return "has no value; give it keys, or remove it to get the defaults";
  return withReceived("must be a mapping", value);
}

/** Adds what stands there instead, by its type: the value may be a pasted key. */
function withReceived(message: string, value: unknown): string {
  if (value === undefined) return `is missing; it ${message}`;
  if (value === null) return `${message}; it has no value`;
  if (typeof value === "string") {
    const quotedNumber = message.includes("number") && /^\d+(\.\d+)?$/.test(value);
    return quotedNumber ? `${message}, without quotes` : `${message}, not text`;
  }
  // A number where one is expected has something else wrong, which the message says: a fraction, or no end.
  if (typeof value === "number" && message.includes("number")) return message;
  if (typeof value === "number") return `${message}, not a number; put quotes around it if it is right`;
  if (typeof value === "boolean") return `${message}, not ${value}; put quotes around it if it is right`;
  return `${message}, not a ${Array.isArray(value) ? "list" : "mapping"}`;
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(String(part));
  }
  return value;
}
