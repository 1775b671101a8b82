import { ChartFrame, type Plot } from "./chart-frame.js";
import type { Series, TimeChartProps } from "./series.js";

/** Lines over time. Where nothing was measured a line is only hinted at. */
export function LineChart(props: TimeChartProps) {
  const maximum = Math.max(0, ...props.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <ChartFrame
      {...props}
      maximum={maximum}
      draw={(plot, active) =>
        props.series.map((series) => <Line key={series.name} series={series} plot={plot} active={active} />)
      }
    />
  );
}

/** A line and where it is drawn. */
interface LineProps {
  readonly series: Series;
  readonly plot: Plot;
  readonly active: number | undefined;
}

function Line({ series: { colour, values }, plot: { x, y }, active }: LineProps) {
  const isAlone = (step: number) => values[step - 1] === undefined && values[step + 1] === undefined;
  const pointAt = (value: number, step: number) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
  const path = values
    .map((value, step) => {
      if (value === undefined) return "";
      return `${values[step - 1] === undefined ? "M" : "L"}${pointAt(value, step)}`;
    })
    .join("");
  const whole = values.flatMap((value, step) => (value === undefined ? [] : [pointAt(value, step)]));
  return (
    <g class={colour}>
      {whole.length > 1 && <path class="line line-hint" d={`M${whole.join("L")}`} />}
      <path class="line" d={path} />
      {values.map((value, step) =>
        value !== undefined && (step === active || isAlone(step)) ? (
          <circle key={step} class="point" cx={x(step)} cy={y(value)} r={step === active ? 4 : 2.5} />
        ) : null,
      )}
    </g>
  );
}
