import { caseMetrics } from "./case-metrics.js";
import { type CaseResults, figuresFor } from "./case-results.js";
import { changePercent } from "./check-case.js";

const panelWidth = 200;
const width = panelWidth * caseMetrics.length;
const height = 260;
const base = 200;
const tallest = 120;

/** The headline as a chart (SVG 1.1): each figure before and after, as measured (filled) and as published (outlined). */
export function drawCase(results: CaseResults): string {
  const before = figuresFor(results, "before");
  const after = figuresFor(results, "after");
  const panels = caseMetrics.map(({ name, read, format, published }, index) => {
    const left = index * panelWidth;
    const most = Math.max(read(before), published.before);
    const bar = (place: number, value: number, look: string) => {
      const size = Math.max(1, (value / most) * tallest);
      const x = left + 24 + place * 38;
      return `<rect x="${x}" y="${round(base - size)}" width="32" height="${round(size)}" ${look}/>
<text x="${x + 16}" y="${round(base - size - 5)}" class="value">${format(value).replace(/ (ms|USD)$/, "")}</text>`;
    };
    const outlined = 'fill="none" stroke="#8a8f98" stroke-dasharray="3 2"';
    return `<text x="${left + panelWidth / 2}" y="24" class="title">${name}</text>
<text x="${left + panelWidth / 2}" y="44" class="fall">−${changePercent(read(after), read(before)).toFixed(1)} %</text>
${bar(0, published.before, outlined)}
${bar(1, published.after, outlined)}
${bar(2, read(before), 'fill="#b8bdc6"')}
${bar(3, read(after), 'fill="#2563eb"')}
<text x="${left + 59}" y="${base + 18}" class="axis">published</text>
<text x="${left + 135}" y="${base + 18}" class="axis">here</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The headline case before and after Meridian">
<style>text { font-family: system-ui, sans-serif; text-anchor: middle; fill: #1f2328 } .title { font-size: 14px; font-weight: 600 } .fall { font-size: 13px; fill: #2563eb } .value { font-size: 11px } .axis { font-size: 11px; fill: #59636e }</style>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<line x1="16" y1="${base}" x2="${width - 16}" y2="${base}" stroke="#d1d9e0"/>
${panels.join("\n")}
<text x="${width / 2}" y="${height - 14}" class="axis">before and after: grey → blue as measured with seed ${results.traffic.seed}, outlined as published</text>
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
