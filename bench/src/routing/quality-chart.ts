import type { QualityReport } from "./quality-report.js";
import { type PolicyName, policyNames } from "./score-rows.js";

/** A part of the chart. */
export interface ChartPanel {
  readonly title: string;
  readonly quality: Readonly<Record<PolicyName, QualityReport>>;
}

/** Told apart without colour, too. Readable on light and on dark. */
const looks = {
  random: 'stroke="#8a8f98" stroke-dasharray="2 4"',
  length: 'stroke="#d98e04" stroke-dasharray="8 4"',
  keywords: 'stroke="#c2410c" stroke-dasharray="4 2"',
  learned: 'stroke="#2563eb" stroke-width="3"',
} as const satisfies Record<PolicyName, string>;

const [columns, side, left, top, width, height] = [4, 200, 46, 64, 250, 262] as const;

/** The part of the gap won against the share of prompts sent to the expensive model, a panel for each suite: SVG. */
export function qualityChart(panels: readonly ChartPanel[]): string {
  const across = Math.min(columns, panels.length) * width + left / 2;
  const down = Math.ceil(panels.length / columns) * height + top;
  const legend = policyNames.map((policy, index) => {
    const x = left + index * 120;
    return `<path d="M${x} 22h28" fill="none" ${looks[policy]}/><text x="${x + 34}" y="26">${policy}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${down}" font-family="sans-serif" font-size="12">`,
    "<title>Quality won against the share of prompts sent to the expensive model</title>",
    `<rect width="${across}" height="${down}" fill="#ffffff"/>`,
    ...legend,
    `<text x="${left}" y="${down - 14}">Across: prompts sent to the expensive model. Up: the part of its gain that is won.</text>`,
    ...panels.map((panel, index) => {
      const [x, y] = [left + (index % columns) * width, top + Math.floor(index / columns) * height];
      return `<g transform="translate(${x} ${y})">\n${panelParts(panel).join("\n")}\n</g>`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

function panelParts({ title, quality }: ChartPanel): readonly string[] {
  const curves = policyNames.map((policy) => {
    const points = quality[policy].curve.map((won, percent) => `${(percent * side) / 100},${heightOf(won).toFixed(1)}`);
    return `<polyline points="${points.join(" ")}" fill="none" ${looks[policy]}/>`;
  });
  return [
    `<text x="0" y="-8" font-weight="bold">${title}</text>`,
    `<path d="M0 ${heightOf(0)}h${side}M0 ${heightOf(0.5)}h${side}M0 ${heightOf(1)}h${side}" stroke="#d0d7de"/>`,
    ...[0, 0.5, 1].map((part) => `<text x="-6" y="${heightOf(part) + 4}" text-anchor="end">${part * 100} %</text>`),
    ...[0, 50, 100].map((percent) => {
      const y = side + 16;
      return `<text x="${(percent * side) / 100}" y="${y}" text-anchor="middle">${percent} %</text>`;
    }),
    ...curves,
  ];
}

/** Where a part of the gap is drawn. A little more than the whole has room: the last prompts may be better off without. */
function heightOf(part: number): number {
  return side - part * side * 0.9;
}
