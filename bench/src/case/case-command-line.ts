import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface CaseCommand {
  readonly isHelp: boolean;
  readonly isQuick: boolean;
  readonly seed: number;
  /** Multiplies the assumed times to first tokens. */
  readonly slowness: number;
  /** Where to write the results as JSON, and the chart as SVG; undefined: nowhere. */
  readonly jsonFile: string | undefined;
  readonly chartFile: string | undefined;
}

/** Printed by `--help`. */
export const caseHelpText = `Usage: npm run bench:case -- [options]

Plays the published case: the traffic of an average moment of 2.3M calls a day from Jakarta, Ho Chi Minh City and Seoul,
before (one relay in US-East, gpt-4.1 for all, no retries) and after (Meridian as it ships), and after with one thing
switched off. What is modelled and what is assumed is in docs/headline-case.md. Takes about seven minutes; fails where the
figures are not those that the case claims.

Options:
  --seed N        what prompts, arrivals and faults come from (default: 1)
  --slowness N    first tokens N times as late as assumed (default: 1); latency is not checked with another one
  --quick         before and after with 600 calls, half a minute; latency is not checked
  --json FILE     also write the results, as JSON
  --chart FILE    also draw the chart, as SVG
  --help          print this`;

/** Reads the arguments. Throws an Error whose message says what is wrong with them. */
export function parseCaseCommandLine(args: readonly string[]): CaseCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      slowness: { type: "string", default: "1" },
      json: { type: "string" },
      chart: { type: "string" },
    },
  });
  if (values.json === "" || values.chart === "") throw new Error("--json and --chart need the name of a file");
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error("--seed must be a whole number of at most 9 digits");
  if (!/^\d{1,3}(\.\d+)?$/.test(values.slowness) || Number(values.slowness) === 0)
    throw new Error("--slowness must be a number above 0 and below 1000");
  return {
    isHelp: values.help,
    isQuick: values.quick,
    seed: Number(values.seed),
    slowness: Number(values.slowness),
    jsonFile: values.json,
    chartFile: values.chart,
  };
}
