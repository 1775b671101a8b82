import type { Spread } from "../measure/spread.js";

/** A median, with the lowest and the highest round in brackets where they differ; nothing for no figure. */
export function show(spread: Spread | null | undefined): string {
  if (spread === null || spread === undefined) return "";
  if (spread.lowest === spread.highest) return digits(spread.median);
  return `${digits(spread.median)} (${digits(spread.lowest)}-${digits(spread.highest)})`;
}

/** A number with three digits that count. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
