import { published } from "../assumptions.js";
import { variants } from "../variants.js";
import type { Crosstab } from "./case-figures.js";
import { caseMetrics } from "./case-metrics.js";
import { type CaseResults, figuresFor } from "./case-results.js";
import { changePercent } from "./check-case.js";

/** The results as Markdown. */
export function formatCase(results: CaseResults): string {
  const after = figuresFor(results, "after");
  return [
    headline(results),
    switches(results),
    `Prompts by class, and the tier that Meridian gave them:\n\n${crosstable("class", after.tiers, after.calls)}`,
    `Prompts by class, and the model that answered:\n\n${crosstable("class", after.models, after.calls)}`,
    `Callers by city, and the relay's region that answered:\n\n${crosstable("city", after.regions, after.calls)}`,
    table(
      ["if", "the bill falls by"],
      results.billSavings.map(({ assumption, savedPercent }) => [assumption, `${savedPercent.toFixed(1)} %`]),
    ),
  ].join("\n\n");
}

function headline(results: CaseResults): string {
  const before = figuresFor(results, "before");
  const after = figuresFor(results, "after");
  const rows = caseMetrics.map(({ name, read, format, published }) => [
    name,
    format(read(before)),
    format(read(after)),
    fall(read(after), read(before)),
    `${format(published.before)} → ${format(published.after)}`,
    fall(published.after, published.before),
  ]);
  const shares = Object.entries(published.sharePercent).map(([model, percent]) => [
    `share of ${model}`,
    `${(before.sharePercent[model] ?? 0).toFixed(1)} %`,
    `${(after.sharePercent[model] ?? 0).toFixed(1)} %`,
    "",
    `${percent} %`,
    "",
  ]);
  return table(["", "before", "after", "", "published", ""], [...rows, ...shares]);
}

/** Each variant beside before and after, with what of the saving it loses, or adds. */
function switches(results: CaseResults): string {
  const before = figuresFor(results, "before");
  const after = figuresFor(results, "after");
  const rows = variants.flatMap(({ name, description }) => {
    const figures = results.variants[name];
    if (figures === undefined) return [];
    const isSwitch = name !== "before" && name !== "after";
    const cells = caseMetrics.map(({ read, format }) => {
      const text = format(read(figures));
      return isSwitch ? `${text} (${signed((read(after) - read(figures)) / (read(before) - read(after)))})` : text;
    });
    return [[name, description, ...cells]];
  });
  return table(["variant", "", ...caseMetrics.map(({ name }) => name)], rows);
}

function signed(share: number): string {
  const percent = Math.round(100 * Math.abs(share));
  return `${percent === 0 ? "±" : share > 0 ? "+" : "−"}${percent} %`;
}

function fall(figure: number, from: number): string {
  return `−${changePercent(figure, from).toFixed(1)} %`;
}

function crosstable(corner: string, crosstab: Crosstab, calls: number): string {
  const columns = [...new Set(Object.values(crosstab).flatMap((cells) => Object.keys(cells)))].toSorted();
  const rows = Object.entries(crosstab).map(([row, cells]) => [
    row,
    ...columns.map((column) => `${((100 * (cells[column] ?? 0)) / calls).toFixed(1)} %`),
  ]);
  return table([corner, ...columns], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
