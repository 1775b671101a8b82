import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface SoakCommand {
  readonly isHelp: boolean;
  /** Of load, all waves together. */
  readonly minutes: number;
  readonly streams: number;
  readonly seed: number;
  /** Where to write the report as JSON; undefined: nowhere. */
  readonly jsonFile: string | undefined;
}

/** Printed by `--help`. */
export const soakHelpText = `Usage: npm run soak -- [options]

Puts load with faults, cancellations and slow callers on Meridian for minutes, in waves, lets it come to rest after each,
and fails where something is left: memory, a socket, a timer, a listener, a call without an end, a count that is not even.

Options:
  --minutes N    how long there is load (default: 5; from 0.1)
  --streams N    streams at once (default: 200)
  --seed N       what the mix of calls and faults comes from (default: 1)
  --json FILE    also write the report, as JSON
  --help         print this`;

/** Reads the arguments. Throws an Error whose message says what is wrong with them. */
export function parseSoakCommandLine(args: readonly string[]): SoakCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      minutes: { type: "string", default: "5" },
      streams: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      json: { type: "string" },
    },
  });
  if (values.json === "") throw new Error("--json needs the name of a file");
  if (!/^\d{1,4}(\.\d+)?$/.test(values.minutes) || Number(values.minutes) < 0.1)
    throw new Error("--minutes must be a number from 0.1 to 9999");
  if (!/^[1-9]\d{0,4}$/.test(values.streams)) throw new Error("--streams must be a whole number from 1 to 99999");
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error("--seed must be a whole number of at most 9 digits");
  return {
    isHelp: values.help,
    minutes: Number(values.minutes),
    streams: Number(values.streams),
    seed: Number(values.seed),
    jsonFile: values.json,
  };
}
