import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export interface BenchCommand {
  readonly isHelp: boolean;
  /** Whether to install other people's proxies first. */
  readonly isPeers: boolean;
  /** As little as shows that everything works; the figures are rough. */
  readonly isQuick: boolean;
  /** The revision to compare this checkout with; undefined: none, Meridian is compared with others. */
  readonly against: string | undefined;
  /** Where to write the results as JSON; undefined: nowhere. */
  readonly jsonFile: string | undefined;
  /** Whether to write the results into the documentation. */
  readonly isWritten: boolean;
  /** undefined: as many as the size of the run has. */
  readonly rounds: number | undefined;
  /** Names of the subjects and works to take; undefined: all. */
  readonly subjects: readonly string[] | undefined;
  readonly works: readonly string[] | undefined;
}

/** Printed by `--help`. */
export const helpText = `Usage: npm run bench -- [options]

Measures what a call and a streamed chunk cost in Meridian, next to raw Node, in one run.
Takes about eight minutes; do nothing else on the machine meanwhile. Linux only.

With --against, runs Meridian of this checkout and of another commit in turn instead, and prints the ratio of each figure.

Options:
  --quick        one short round: shows that everything works; the figures are rough
  --against REV  compare with that commit, which is built in a worktree of its own
  --peers        install other people's proxies into .cache/peers first, as far as that is possible
  --rounds N     rounds of everything (default: 5, with --quick 1)
  --subjects A,B only these
  --works A,B    only these; "idle" is the memory of idle streams, "start-up" the start of the artefact
  --json FILE    also write the results, as JSON
  --write-docs   also write them into bench/results, docs/performance.md and README.md
  --help         print this`;

/** Reads the arguments. Throws an Error whose message says what is wrong with them. */
export function parseCommandLine(args: readonly string[]): BenchCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      peers: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      against: { type: "string" },
      json: { type: "string" },
      "write-docs": { type: "boolean", default: false },
      rounds: { type: "string" },
      subjects: { type: "string" },
      works: { type: "string" },
    },
  });
  if (values.against === "") throw new Error("--against needs a revision");
  if (values.json === "") throw new Error("--json needs the name of a file");
  if (values.rounds !== undefined && !/^[1-9]\d?$/.test(values.rounds))
    throw new Error("--rounds must be a whole number from 1 to 99");
  return {
    isHelp: values.help,
    isPeers: values.peers,
    isQuick: values.quick,
    against: values.against,
    jsonFile: values.json,
    isWritten: values["write-docs"],
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    subjects: values.subjects?.split(","),
    works: values.works?.split(","),
  };
}
