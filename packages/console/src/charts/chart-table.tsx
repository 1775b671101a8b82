import { useState } from "preact/hooks";
import { formatClock } from "../format/time.js";
import type { TimeChartProps } from "./series.js";

/** The figures of a chart as a table, for those who want them one by one. */
export function ChartTable({ label, series, startMs, stepSeconds, format }: TimeChartProps) {
  const [isOpen, setOpen] = useState(false);
  const steps = series[0]?.values.length ?? 0;
  return (
    <details class="as-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section class="scroll" aria-label={label} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                {series.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: steps }, (_, index) => steps - 1 - index).map((step) => (
                <tr key={step}>
                  <th scope="row">{formatClock(startMs + step * stepSeconds * 1_000, true)}</th>
                  {series.map(({ name, values }) => (
                    <td key={name}>{formatCell(values[step], format)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

function formatCell(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? "–" : format(value);
}
