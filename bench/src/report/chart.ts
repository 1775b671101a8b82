/** Bars that belong together, under one heading. */
export interface BarGroup {
  readonly heading: string;
  readonly bars: readonly Bar[];
}

/** One bar, with what is written beside it. */
export interface Bar {
  readonly label: string;
  /** 0 or more. */
  readonly value: number;
  /** Whether it is the one that the chart is about. Default: false. */
  readonly isOurs?: boolean;
}

const [width, labelWidth, valueWidth, barHeight, gap] = [760, 170, 60, 18, 6] as const;
const longest = width - labelWidth - valueWidth;

/**
 * Draws bars to the right as an SVG, with a scale of its own for each group, in colours for light and dark pages.
 *
 * @param show writes a value
 */
export function barChart(title: string, groups: readonly BarGroup[], show: (value: number) => string): string {
  let y = 30;
  const parts: string[] = [];
  for (const { heading, bars } of groups) {
    y += 14;
    parts.push(`<text class="heading" x="0" y="${y}">${escaped(heading)}</text>`);
    y += 8;
    const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
    for (const { label, value, isOurs = false } of bars) {
      const length = Math.max(1, Math.round((value / most) * longest));
      const middle = y + barHeight - 5;
      parts.push(
        `<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
        `<rect class="${isOurs ? "ours" : "other"}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
        `<text x="${labelWidth + length + 6}" y="${middle}">${escaped(show(value))}</text>`,
      );
      y += barHeight + gap;
    }
    y += 10;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #333; }
  .title { font-size: 16px; font-weight: 600; }
  .heading { font-weight: 600; }
  .ours { fill: #2563a8; }
  .other { fill: #b3bcc6; }
  @media (prefers-color-scheme: dark) { text { fill: #ddd; } .ours { fill: #5b9ee0; } .other { fill: #56606b; } }
</style>
<text class="title" x="0" y="18">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
