import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { formatClock } from "../format/time.js";
import { ChartTable } from "./chart-table.js";
import { ticksTo, timeTicks } from "./scale.js";
import type { Series, TimeChartProps } from "./series.js";
import { useWidth } from "./use-width.js";

/** Where a chart draws. */
export interface Plot {
  readonly steps: number;
  /** The width of a step, in pixels. */
  readonly stepWidth: number;
  /** The middle of a step. */
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  /** Where the value 0 is. */
  readonly floor: number;
}

/** A chart over time, and what it draws. */
export interface ChartFrameProps extends TimeChartProps {
  /** The largest value that is drawn. */
  readonly maximum: number;
  /** Draws within the axes; `active` is the step under the pointer. */
  readonly draw: (plot: Plot, active: number | undefined) => ComponentChildren;
}

const margin = { top: 10, right: 4, bottom: 24, left: 52 } as const;

/** The axes, the grid, the tooltip and the table of a chart over time. */
export function ChartFrame({ draw, maximum, ...chart }: ChartFrameProps) {
  const { label, series, startMs, stepSeconds, format, height } = chart;
  const [box, width] = useWidth<HTMLDivElement>();
  const [active, setActive] = useState<number>();
  const steps = series[0]?.values.length ?? 0;
  const innerWidth = Math.max(0, width - margin.left - margin.right);
  const floor = height - margin.bottom;
  const ticks = ticksTo(maximum, 4);
  const top = ticks.at(-1) ?? 1;
  const stepWidth = steps === 0 ? 0 : innerWidth / steps;
  const plot: Plot = {
    steps,
    stepWidth,
    x: (step) => margin.left + (step + 0.5) * stepWidth,
    y: (value) => floor - (value / top) * (floor - margin.top),
    floor,
  };
  const endMs = startMs + steps * stepSeconds * 1_000;
  const timeX = (ms: number) => margin.left + ((ms - startMs) / (endMs - startMs)) * innerWidth;
  const point = ({ offsetX }: PointerEvent) => {
    const step = Math.floor((offsetX - margin.left) / stepWidth);
    setActive(step >= 0 && step < steps ? step : undefined);
  };

  return (
    <figure class="chart">
      <div ref={box} class="chart-box">
        {width > 0 && (
          <svg
            role="img"
            aria-label={label}
            width={width}
            height={height}
            onPointerMove={point}
            onPointerLeave={() => setActive(undefined)}
          >
            {ticks.map((tick) => (
              <g key={tick}>
                <line
                  class={tick === 0 ? "axis" : "grid"}
                  x1={margin.left}
                  x2={width}
                  y1={plot.y(tick)}
                  y2={plot.y(tick)}
                />
                <text class="tick" x={margin.left - 8} y={plot.y(tick)} dy="0.32em" text-anchor="end">
                  {format(tick)}
                </text>
              </g>
            ))}
            {timeTicks(startMs, endMs, innerWidth, 72).map((ms) => (
              <text key={ms} class="tick" x={timeX(ms)} y={height - 4} text-anchor={anchorAt(timeX(ms), width)}>
                {formatClock(ms, stepSeconds < 30 && ms % 60_000 !== 0)}
              </text>
            ))}
            {active !== undefined && (
              <line class="rule" x1={plot.x(active)} x2={plot.x(active)} y1={margin.top} y2={floor} />
            )}
            {draw(plot, active)}
          </svg>
        )}
        {active !== undefined && (
          <Tooltip
            series={series}
            step={active}
            format={format}
            time={formatClock(startMs + active * stepSeconds * 1_000, stepSeconds < 60)}
            left={plot.x(active)}
            isAtEnd={plot.x(active) > width * 0.6}
          />
        )}
      </div>
      <ChartTable {...chart} />
    </figure>
  );
}

function anchorAt(x: number, width: number): "start" | "middle" | "end" {
  return x < margin.left + 16 ? "start" : x > width - 16 ? "end" : "middle";
}

/** What is said of the step under the pointer. */
interface TooltipProps {
  readonly series: readonly Series[];
  readonly step: number;
  readonly format: (value: number) => string;
  readonly time: string;
  readonly left: number;
  readonly isAtEnd: boolean;
}

function Tooltip({ series, step, format, time, left, isAtEnd }: TooltipProps) {
  const rows = series
    .flatMap(({ name, colour, values }) => {
      const value = values[step];
      return value === undefined ? [] : [{ name, colour, value }];
    })
    .sort((one, other) => other.value - one.value);
  return (
    <div class={`tooltip ${isAtEnd ? "tooltip-left" : ""}`} style={{ left: `${left}px` }} aria-hidden="true">
      <p>{time}</p>
      {rows.length === 0 && <p class="tooltip-none">nothing</p>}
      {rows.map(({ name, colour, value }) => (
        <p key={name}>
          <span class={`swatch ${colour}`} />
          <span>{name}</span>
          <b>{format(value)}</b>
        </p>
      ))}
    </div>
  );
}
