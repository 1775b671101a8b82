/** Where a value stands in the file: the keys and indexes that lead to it. */
export type ConfigPath = readonly (string | number)[];

/** A place in the text, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the place of a path, or of the nearest parent that the file has; undefined where it has none of it. "key" asks for
 * the key that leads to a plain value rather than for the value.
 */
export type PositionOf = (path: ConfigPath, at?: "key") => Position | undefined;

/** One thing that is wrong with the configuration. It never holds the value of a secret. */
export interface ConfigProblem {
  /**
   * Such as `endpoints[0].credentials[1].key` or `models["gpt-4.1"].prices`; `PORT (environment)` for a variable; empty
   * for the file as a whole.
   */
  readonly path: string;
  /** From 1; undefined where the file does not hold what is wrong. */
  readonly line: number | undefined;
  /** From 1; undefined where `line` is. */
  readonly column: number | undefined;
  /** Plain, with the fix in it. */
  readonly message: string;
}

/** How the checks of a compilation tell what is wrong. */
export interface ProblemReporter {
  /** Something in the file, or a default that contradicts it. */
  at(path: ConfigPath, message: string): void;
  /** Something in a variable of the environment. */
  variable(name: string, message: string): void;
}

/** The path as problems show it. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

/** A problem at a path. */
export function problemAt(path: ConfigPath, position: Position | undefined, message: string): ConfigProblem {
  return { path: formatPath(path), line: position?.line, column: position?.column, message };
}

/** A reporter that adds to `problems`, with the places that `positionOf` knows. */
export function createReporter(problems: ConfigProblem[], positionOf: PositionOf | undefined): ProblemReporter {
  return {
    at(path, message) {
      problems.push(problemAt(path, positionOf?.(path), message));
    },
    variable(name, message) {
      problems.push({ path: `${name} (environment)`, line: undefined, column: undefined, message });
    },
  };
}
