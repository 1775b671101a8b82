import type { ConfigProblem } from "./config-problem.js";

/**
 * The problems as a command prints them, one line each: `file:line:column path: message`. The place and the path are
 * left out where there is none.
 */
export function formatProblems(problems: readonly ConfigProblem[], fileName: string): string {
  return problems
    .map(({ path, line, column, message }) => {
      const place = line === undefined ? fileName : `${fileName}:${line}:${column ?? 1}`;
      return path === "" ? `${place} ${message}` : `${place} ${path}: ${message}`;
    })
    .join("\n");
}
