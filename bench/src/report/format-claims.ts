import { digits, show, table } from "./markdown.js";
import { type Claim, isMet } from "./must-show.js";

/** The claims as a Markdown table, each with its figure and whether that is enough. */
export function formatClaims(claims: readonly Claim[]): string {
  return table(
    ["what Meridian has to show", "measured", "limit", ""],
    claims.map((claim) => {
      const met = isMet(claim);
      const verdict = met === undefined ? "not measured" : met ? "met" : "**not met**";
      const beside = (claim.beside ?? []).map(([name, figure]) => `${name} ${show(figure)}`);
      return [
        claim.text,
        show(claim.measured),
        `${claim.limit.kind} ${digits(claim.limit.value)}`,
        met === false && beside.length > 0 ? `${verdict}; in the same run ${beside.join(", ")}` : verdict,
      ];
    }),
  );
}
