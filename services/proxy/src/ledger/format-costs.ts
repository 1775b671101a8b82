import { formatUsd } from "./format-usd.js";
import type { CostKey, CostSum } from "./read-costs.js";

/** The columns behind the keys. */
const heads = [
  "CALLS",
  "ATTEMPTS",
  "PROMPT",
  "CACHED",
  "COMPLETION",
  "REASONING",
  "REPORTED USD",
  "ESTIMATED USD",
  "USD",
];

/** The sums as lines of an aligned table with its total; amounts are aligned at their points. */
export function costTable(
  by: readonly CostKey[],
  sums: readonly CostSum[],
  total: CostSum | undefined,
): readonly string[] {
  if (total === undefined) return ["No attempts in that time."];
  const totalRow = ["total", ...by.slice(1).map(() => ""), ...cellsOf(total)];
  const rows = sums.map((sum) => [...sum.keys.map((key) => key || "-"), ...cellsOf(sum)]);
  const names = by.length === 0 ? [""] : by.map((key) => key.toUpperCase());
  const table = [[...names, ...heads], ...(by.length === 0 ? [] : rows), totalRow];
  const amounts = names.length + heads.length - 3;
  const decimals = heads
    .slice(-3)
    .map((_, at) => Math.max(...table.slice(1).map((row) => decimalsOf(row[amounts + at]))));
  const padded = table.map((row, index) =>
    row.map((cell, at) =>
      index > 0 && at >= amounts ? cell.padEnd(pointOf(cell) + (decimals[at - amounts] ?? 0)) : cell,
    ),
  );
  const widths = padded.reduce<number[]>(
    (wide, row) => row.map((cell, at) => Math.max(cell.length, wide[at] ?? 0)),
    [],
  );
  return padded.map((row) =>
    row
      .map((cell, at) => (at < names.length ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** The sums as records for JSON: amounts are text, as JSON readers take large numbers for floats. */
export function costRecords(
  by: readonly CostKey[],
  sums: readonly CostSum[],
): readonly Readonly<Record<string, unknown>>[] {
  return sums.map((sum) => ({
    ...Object.fromEntries(by.map((key, index) => [key, sum.keys[index]])),
    calls: Number(sum.calls),
    attempts: Number(sum.attempts),
    promptTokens: Number(sum.promptTokens),
    cachedTokens: Number(sum.cachedTokens),
    completionTokens: Number(sum.completionTokens),
    reasoningTokens: Number(sum.reasoningTokens),
    reportedNanoUsd: String(sum.reportedNanoUsd),
    estimatedNanoUsd: String(sum.estimatedNanoUsd),
    usd: formatUsd(sum.reportedNanoUsd + sum.estimatedNanoUsd),
  }));
}

function cellsOf(sum: CostSum): readonly string[] {
  const { calls, attempts, promptTokens, cachedTokens, completionTokens, reasoningTokens } = sum;
  const { reportedNanoUsd, estimatedNanoUsd } = sum;
  const counts = [calls, attempts, promptTokens, cachedTokens, completionTokens, reasoningTokens].map(String);
  return [...counts, ...[reportedNanoUsd, estimatedNanoUsd, reportedNanoUsd + estimatedNanoUsd].map(formatUsd)];
}

function pointOf(cell: string): number {
  return cell.indexOf(".") + 1;
}

function decimalsOf(cell = ""): number {
  return cell.length - pointOf(cell);
}
