/** One line, or one part of every bar. */
export interface Series {
  readonly name: string;
  /** The class that gives it its colour, see `colourOf`. */
  readonly colour: string;
  /** One value a step; undefined: nothing was measured. */
  readonly values: readonly (number | undefined)[];
}

/** What every chart over time is given. */
export interface TimeChartProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly series: readonly Series[];
  /** When the first step began, in milliseconds since 1970-01-01 UTC. */
  readonly startMs: number;
  readonly stepSeconds: number;
  readonly format: (value: number) => string;
  /** In pixels. */
  readonly height: number;
}

const colours = 8;

/**
 * The class with the colour of a name among others. It depends on all names and not on their order, so that a region
 * keeps its colour while others overtake it.
 */
export function colourOf(name: string, names: readonly string[]): string {
  if (name === "DEFAULT") return "colour-rest";
  const place = names
    .filter((each) => each !== "DEFAULT")
    .sort()
    .indexOf(name);
  return `colour-${place % colours}`;
}
