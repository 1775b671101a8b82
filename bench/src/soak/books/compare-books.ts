import type { CallEnd, CallerEntry } from "../caller/call-end.js";
import type { LoggedCall } from "./proxy-log.js";

/**
 * Holds what callers saw of each call against what the proxy logged of it. Gives what does not agree, a line each.
 *
 * Where the caller went away or its time was over, the two may see it differently: each side may have been first, and of a
 * call that was given up at once the proxy never heard. It may only not have heard of one that was answered, or that it
 * itself failed.
 */
export function compareBooks(
  callers: readonly CallerEntry[],
  logged: ReadonlyMap<string, LoggedCall>,
): readonly string[] {
  const problems: string[] = [];
  const known = new Set<string>();
  for (const { id, what, end } of callers) {
    known.add(id);
    const entry = logged.get(id);
    if (!agrees(end, entry))
      problems.push(
        `${id}: ${tell(end)}, but ${entry === undefined ? "not logged" : `logged as ${entry.code} ${entry.reason}`}: ${what}`,
      );
  }
  for (const id of logged.keys()) if (!known.has(id)) problems.push(`${id}: logged, but nobody's call`);
  return problems;
}

function agrees(end: CallEnd, entry: LoggedCall | undefined): boolean {
  switch (end.kind) {
    case "answered":
      return entry?.code === "ok";
    case "failed":
      // Calls that are refused have no line each: the metrics count them.
      if (end.reason === "too_many_calls") return entry === undefined;
      return end.code === "deadline_exceeded" || (entry?.code === end.code && entry.reason === end.reason);
    case "left":
      return true;
    case "wrong":
    case "unanswered":
      return false;
  }
}

function tell(end: CallEnd): string {
  return end.kind === "failed" ? `${end.code} ${end.reason}` : end.kind === "wrong" ? end.what : end.kind;
}
