import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface FuzzCommand {
  readonly isHelp: boolean;
  readonly minutes: number;
  readonly seed: number;
  /** The numbers of the first and the last case to repeat; undefined: as many as fit into the minutes, from 0. */
  readonly cases: readonly [first: number, last: number] | undefined;
}

/** Printed by `--help`. */
export const fuzzHelpText = `Usage: npm run fuzz -- [options]

Sends hostile bytes to Meridian for minutes: HTTP/1.1 and HTTP/2 framing, protobuf, JSON and headers, at the public and the
admin port of two proxies, one with API keys and one without. Fails where a proxy falls, answers as if it were to blame,
logs an error, stops answering good callers, or keeps what it should let go of.

Options:
  --minutes N    how long (default: 5; from 0.1)
  --seed N       what all cases come from (default: chosen by chance, and printed)
  --case N[-M]   only these cases of the seed, as the run sent them, and what they are in full
  --help         print this`;

/** Reads the arguments. `chosenSeed` is taken where none is given. Throws an Error whose message says what is wrong. */
export function parseFuzzCommandLine(args: readonly string[], chosenSeed: number): FuzzCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      minutes: { type: "string", default: "5" },
      seed: { type: "string", default: String(chosenSeed) },
      case: { type: "string" },
    },
  });
  if (!/^\d{1,4}(\.\d+)?$/.test(values.minutes) || Number(values.minutes) < 0.1)
    throw new Error("--minutes must be a number from 0.1 to 9999");
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error("--seed must be a whole number of at most 9 digits");
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(values.case ?? "0");
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || last < first) throw new Error("--case must be the number of a case, or two with a - between");
  return {
    isHelp: values.help,
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    cases: values.case === undefined ? undefined : [first, last],
  };
}
