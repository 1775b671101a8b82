/** A small line without axes, beside the figure that it belongs to. */
export interface SparkProps {
  readonly values: readonly (number | undefined)[];
  /** The class that gives it its colour. */
  readonly colour: string;
}

const width = 200;
const height = 40;

/** Draws the course of a figure. It says nothing that the figure beside it does not, so it is not read aloud. */
export function Spark({ values, colour }: SparkProps) {
  const maximum = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const points = values.map((value = 0, step) => {
    const x = (step / Math.max(1, values.length - 1)) * width;
    return `${x.toFixed(1)} ${(height - 2 - (value / maximum) * (height - 6)).toFixed(1)}`;
  });
  if (!values.some((value = 0) => value > 0)) return null;
  return (
    <svg class={`spark ${colour}`} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-area" d={`M0 ${height}L${points.join("L")}L${width} ${height}Z`} />
      <path class="spark-line" d={`M${points.join("L")}`} />
    </svg>
  );
}
