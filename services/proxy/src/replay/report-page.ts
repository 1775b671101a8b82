import type { DescribedReport, Table } from "./describe-report.js";
import type { ReplayReport } from "./replay-report.js";
import { reportStyle } from "./report-style.js";

/** A report as a page of its own: no script, and nothing that is loaded from elsewhere. */
export function formatReportPage(report: ReplayReport, described: DescribedReport, config: string): string {
  const { headline, facts, tables } = described;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(headline)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<p class="brand">Meridian replay</p>
<h1>${escaped(headline)}</h1>
<ul class="facts">
${facts.map((fact) => `<li>${escaped(fact)}</li>`).join("\n")}
</ul>
</header>
${chart(report, config)}
<div class="tables">
${tables.map(tableOf).join("\n")}
</div>
</main>
</body>
</html>
`;
}

const width = 480;
const barWidth = 400;
const rowHeight = 66;

/** Two bars per model: its share as recorded, and under the configuration. The table below says the same. */
function chart({ shares }: ReplayReport, config: string): string {
  const total = shares.reduce((sum, { before }) => sum + before, 0);
  const largest = Math.max(...shares.flatMap(({ before, after }) => [before, after]));
  const bar = (series: "before" | "after", count: number, y: number) => {
    const length = largest === 0 ? 0 : (count / largest) * barWidth;
    const percent = total === 0 ? 0 : (count / total) * 100;
    return `<rect class="${series}" x="0" y="${y}" width="${Math.max(2, length).toFixed(1)}" height="14" rx="3"/>
<text class="value" x="${(length + 8).toFixed(1)}" y="${y + 12}">${percent.toFixed(1)} %</text>`;
  };
  const rows = shares.map(({ target, before, after }, index) => {
    const y = index * rowHeight;
    return `<text x="0" y="${y + 14}">${escaped(target)}</text>
${bar("before", before, y + 22)}
${bar("after", after, y + 39)}`;
  });
  const label = `Share per model, recorded and under ${config}; the same figures are in the table that follows`;
  return `<figure>
<figcaption>Share per model <span class="key before">recorded</span> <span class="key after">${escaped(config)}</span></figcaption>
<svg viewBox="0 0 ${width} ${Math.max(1, shares.length) * rowHeight}" role="img" aria-label="${escaped(label)}">
${rows.join("\n")}
</svg>
</figure>`;
}

function tableOf({ title, columns, rows, wordColumns, note }: Table): string {
  const align = (index: number) => (index < wordColumns ? "" : ' class="number"');
  const head = columns.map((column, index) =>
    column === "" ? `<td${align(index)}></td>` : `<th scope="col"${align(index)}>${escaped(column)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td${align(index)}>${escaped(cell)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const isNarrow = wordColumns === 1 && columns.length === 4;
  return `<section${isNarrow ? ' class="narrow"' : ""}>
<h2>${escaped(title)}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="${escaped(title)}">
<table>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>
</div>
${note === "" ? "" : `<p class="note">${escaped(note)}</p>`}
</section>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
