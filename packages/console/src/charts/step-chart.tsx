import { formatClock } from "../format/time.js";
import { useWidth } from "./use-width.js";

/** A percentage that holds until it is changed. */
export interface StepChartProps {
  readonly label: string;
  /** The oldest first; in milliseconds since 1970-01-01 UTC. */
  readonly changes: readonly {
    readonly atMs: number;
    readonly from: number;
    readonly percentage: number;
    readonly kind: string;
  }[];
  readonly startMs: number;
  readonly endMs: number;
}

const height = 132;
const margin = { top: 10, right: 10, bottom: 22, left: 44 } as const;

/** Draws how a percentage went, from 0 to 100. */
export function StepChart({ label, changes, startMs, endMs }: StepChartProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const innerWidth = width - margin.left - margin.right;
  const x = (ms: number) => margin.left + ((ms - startMs) / Math.max(1, endMs - startMs)) * innerWidth;
  const y = (percentage: number) => height - margin.bottom - (percentage / 100) * (height - margin.bottom - margin.top);
  const path = changes.reduce(
    (line, { atMs, percentage }) => `${line}H${x(atMs).toFixed(1)}V${y(percentage).toFixed(1)}`,
    `M${x(startMs)} ${y(changes[0]?.from ?? 0)}`,
  );
  return (
    <div ref={box} class="chart-box colour-canary">
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={height}>
          {[0, 50, 100].map((tick) => (
            <g key={tick}>
              <line class={tick === 0 ? "axis" : "grid"} x1={margin.left} x2={width} y1={y(tick)} y2={y(tick)} />
              <text class="tick" x={margin.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
                {tick} %
              </text>
            </g>
          ))}
          <text class="tick" x={margin.left} y={height - 4}>
            {formatClock(startMs)}
          </text>
          <text class="tick" x={width - margin.right} y={height - 4} text-anchor="end">
            now
          </text>
          <path class="step-area" d={`${path}H${x(endMs)}V${y(0)}H${x(startMs)}Z`} />
          <path class="line" d={`${path}H${x(endMs)}`} />
          {changes.map(({ atMs, percentage, kind }) => (
            <circle
              key={atMs}
              class={`point ${kind === "abort" ? "colour-bad" : ""}`}
              cx={x(atMs)}
              cy={y(percentage)}
              r="3.5"
            />
          ))}
        </svg>
      )}
    </div>
  );
}
