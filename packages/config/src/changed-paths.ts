import { Secret } from "@meridian/core";
import type { RuntimeConfig } from "./runtime-config.js";

/**
 * What differs between two configurations: the paths as the file has them, such as `endpoints.tokyo.credentials.new.key`,
 * `models.gpt-4.1.requestsPerMinute` or `server.cors.allowedOrigins`, sorted. Entries of lists go by their name where they
 * have one. Paths alone, never a value.
 */
export function changedPaths(before: RuntimeConfig, after: RuntimeConfig): readonly string[] {
  const { version: _before, ...from } = before;
  const { version: _after, ...to } = after;
  const paths = new Set(differences(from, to, []).map((path) => inFile(path.join("."))));
  return [...paths].sort();
}

/** Where the file has another place for it than the runtime. */
function inFile(path: string): string {
  return path
    .replace(/^routing\.(?=(models|endpoints|regions)(\.|$))/, "")
    .replace(/\.prices\.(base|changes)\b.*$/, ".prices")
    .replace(/^routing\.tierModels/, "routing.tiers")
    .replace(/^routing\.learned\.budget\b.*$/, "routing.learned.budget")
    .replace(/^routing\.learned\.version$/, "routing.learned.weights")
    .replace(/^auth\.apiKeyFile$/, "auth.apiKeys.file");
}

function differences(before: unknown, after: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (Object.is(before, after)) return [];
  if (before instanceof Secret && after instanceof Secret) return before.equals(after) ? [] : [path];
  const from = entriesOf(before);
  const to = entriesOf(after);
  if (from === undefined || to === undefined) return [path];
  const keys = new Set([...from.keys(), ...to.keys()]);
  const inner = [...keys].flatMap((key) =>
    from.has(key) && to.has(key) ? differences(from.get(key), to.get(key), [...path, key]) : [[...path, key]],
  );
  if (!Array.isArray(after)) return inner;
  // An order may count, such as that of an endpoint's keys; a list without names is one value.
  const isReordered = inner.length === 0 && [...from.keys()].join() !== [...to.keys()].join();
  const isNamed = [...from.keys(), ...to.keys()].every((key) => !/^\d+$/.test(key));
  return isReordered || (inner.length > 0 && !isNamed) ? [path] : inner;
}

/** What a value holds, by key, name or index; undefined for one that is compared as a whole. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (value instanceof Secret || typeof value !== "object" || value === null) return undefined;
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [String(key), entry]));
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const members: readonly unknown[] = value;
  return new Map(members.map((member, index) => [nameOf(member) ?? String(index), member]));
}

function nameOf(member: unknown): string | undefined {
  if (typeof member !== "object" || member === null || !("name" in member)) return undefined;
  return typeof member.name === "string" ? member.name : undefined;
}
