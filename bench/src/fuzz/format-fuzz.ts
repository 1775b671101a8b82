import type { FuzzCase } from "./fuzz-case.js";
import type { Finding, FuzzReport } from "./run-fuzz.js";

/** The report for people: what was sent, what is held at rest, and what was found. */
export function formatFuzz({ casesByArea, findings, samples }: FuzzReport, seed: number): string {
  const cases = Object.values(casesByArea).reduce((sum, count) => sum + count, 0);
  const areas = Object.entries(casesByArea).map(([area, count]) => `${area} ${count}`);
  const memory = Object.entries(samples).map(
    ([name, taken]) =>
      `${name}: ${taken.map(({ heldBytes }) => (heldBytes / 1e6).toFixed(1)).join(", ")} MB held at rest`,
  );
  return [
    `${cases} cases of seed ${seed}: ${areas.join(", ")}.`,
    ...memory,
    ...findings.map((finding) => formatFinding(finding, seed)),
    findings.length === 0 ? "Nothing was found." : `${findings.length} findings.`,
  ].join("\n");
}

function formatFinding({ what, fuzzCase }: Finding, seed: number): string {
  if (fuzzCase === undefined) return `FOUND  ${what}`;
  const { number } = fuzzCase;
  const lines = describeCase(fuzzCase).split("\n");
  return `FOUND  ${what}\n  --seed ${seed} --case ${number}: ${lines.map(shortened).join("\n")}`;
}

/** The whole is printed where the case is repeated. */
function shortened(line: string): string {
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters)}... (${line.length} characters)`;
}

const maxCharacters = 400;

/** A case for people, with all of its bytes in base64. */
export function describeCase({ area, proxy, port, what, steps, answer }: FuzzCase): string {
  const told = steps.map((step) => {
    if (step.kind === "send") return `send ${step.bytes.toString("base64")}`;
    return step.kind === "wait" ? `wait ${step.ms} ms` : step.kind;
  });
  return [`${area}, ${what}; ${port} port of the ${proxy} proxy, answer: ${answer}`, ...told].join("\n    ");
}
