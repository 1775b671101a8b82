import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BenchResults } from "./bench-results.js";
import { capacityText, performanceChart, performanceText } from "./format-docs.js";

/** Writes what a run says into the documentation, and the run itself beside it. Throws where a page has lost its marks. */
export function writeDocs(results: BenchResults, root: URL): void {
  const path = (name: string) => fileURLToPath(new URL(name, root));
  writeFileSync(path("bench/results/latest.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path("docs/images/performance.svg"), performanceChart(results));
  for (const [page, name, text] of [
    ["docs/performance.md", "bench", performanceText(results)],
    ["README.md", "capacity", capacityText(results)],
  ] as const)
    writeFileSync(path(page), between(readFileSync(path(page), "utf8"), name, text));
}

/** A page with other text between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. Throws where there is no such place. */
export function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`a page has no place between ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
