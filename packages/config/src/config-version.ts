import { createHash } from "node:crypto";
import { Secret } from "@meridian/core";

/**
 * A short name for a configuration: 12 hexadecimal digits of the SHA-256 of its canonical form, in which keys are
 * sorted and each secret is its own SHA-256. It changes when a secret changes. A relay's key is long and random, so
 * nobody gets it back from a cut hash of a hash; a short, guessable key could be tried out, as with any checksum.
 */
export function configVersion(runtime: object): string {
  return sha256(canonical(runtime)).slice(0, 12);
}

function canonical(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Secret) return `secret:${sha256(value.reveal())}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries: readonly (readonly [unknown, unknown])[] = [...(value instanceof Map ? value : Object.entries(value))];
  const fields = entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).sort();
  return `{${fields.join(",")}}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
