import { show, table } from "../report/markdown.js";
import { type RevisionRatio, warnAbove } from "./compare-revisions.js";

/** The ratios as a Markdown table, and a line for each that is worth a warning. */
export function formatRatios(commit: string, ratios: readonly RevisionRatio[]): string {
  // In a round that others disturbed anything may come out dearer; what has become so is so in all of them.
  const warnings = ratios.filter(({ ratio }) => ratio.median > warnAbove && ratio.lowest > 1);
  return [
    table(
      [`figure`, `this checkout / ${commit}`],
      ratios.map(({ figure, ratio }) => [figure, show(ratio)]),
    ),
    "",
    ...(warnings.length === 0
      ? [`Nothing is dearer than ${warnAbove} times what it was.`]
      : warnings.map(({ figure, ratio }) => `warning: ${figure}: ${show(ratio)} times what it was at ${commit}`)),
  ].join("\n");
}
