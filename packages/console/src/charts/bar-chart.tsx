import { ChartFrame, type Plot } from "./chart-frame.js";
import type { Series, TimeChartProps } from "./series.js";

/** Bars over time, of parts on top of each other. */
export function BarChart(props: TimeChartProps) {
  const { series } = props;
  const steps = series[0]?.values.length ?? 0;
  const sums = Array.from({ length: steps }, (_, step) => sumAt(series, step));
  return (
    <ChartFrame
      {...props}
      maximum={Math.max(0, ...sums)}
      draw={(plot, active) =>
        series.map((each, index) => <Part key={each.name} {...{ series, index, plot, active }} />)
      }
    />
  );
}

/** A part of every bar, on top of those before it. */
interface PartProps {
  readonly series: readonly Series[];
  readonly index: number;
  readonly plot: Plot;
  readonly active: number | undefined;
}

function Part({ series, index, plot: { x, y, stepWidth }, active }: PartProps) {
  const part = series[index];
  if (part === undefined) return null;
  const width = Math.max(1, Math.min(stepWidth - 2, 22));
  return (
    <g class={part.colour}>
      {part.values.map((value = 0, step) => {
        if (value === 0) return null;
        const below = sumAt(series.slice(0, index), step);
        const top = y(below + value);
        // What is there is seen, however small its share.
        const height = Math.max(1.5, y(below) - top);
        return (
          <rect
            key={step}
            class={`bar ${active === undefined || active === step ? "" : "bar-quiet"}`}
            x={x(step) - width / 2}
            y={y(below) - height}
            width={width}
            height={height}
            rx={Math.min(2, height / 2)}
          />
        );
      })}
    </g>
  );
}

function sumAt(series: readonly Series[], step: number): number {
  return series.reduce((sum, { values }) => sum + (values[step] ?? 0), 0);
}
