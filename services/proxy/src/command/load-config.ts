import { readFileSync } from "node:fs";
import {
  type ConfigProblem,
  compileConfig,
  type EmbeddedEndpoint,
  formatProblems,
  parseConfig,
  type RuntimeConfig,
} from "@meridian/config";

/** What a command reads from outside: made in `main.ts`, so that nothing else looks at the process. */
export interface CommandWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Prints a line to standard output. */
  print(line: string): void;
  /** Prints a line to standard error. */
  complain(line: string): void;
}

/** A configuration that is wrong, with all that is. The message is what a command prints. */
export class ConfigRefused extends Error {
  override readonly name = "ConfigRefused";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], file: string | undefined) {
    super(formatProblems(problems, file ?? "(no file)"));
    this.problems = problems;
  }
}

/** Gives the text of a file, or throws. */
export type ReadFile = (path: string) => string;

const readTextFile: ReadFile = (path) => readFileSync(path, "utf8");

/** Reads and checks the file; undefined: the defaults alone. Throws `ConfigRefused`. */
export function loadConfig(file: string | undefined, readFile = readTextFile) {
  const parsed = parseConfig(file === undefined ? "" : readConfigFile(file, readFile), file);
  if ("problems" in parsed) throw new ConfigRefused(parsed.problems, file);
  return parsed;
}

/**
 * Compiles a checked configuration. `insecure`: a public address may go without `auth`; `keyFileInUse`: the key file that
 * is not checked. Throws `ConfigRefused`.
 */
export function compile(
  parsed: ReturnType<typeof loadConfig>,
  file: string | undefined,
  environment: CommandWorld["environment"],
  embeddedEndpoint: EmbeddedEndpoint | undefined,
  insecure: boolean,
  readFile = readTextFile,
  keyFileInUse?: string,
): RuntimeConfig {
  const { config, positionOf } = parsed;
  const sources = { environment, readFile, positionOf, embeddedEndpoint, insecure, keyFileInUse };
  const compiled = compileConfig(config, sources);
  if ("problems" in compiled) throw new ConfigRefused(compiled.problems, file);
  return compiled.runtime;
}

function readConfigFile(file: string, readFile: ReadFile): string {
  try {
    return readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new ConfigRefused(
      [{ path: "", line: undefined, column: undefined, message: `the file cannot be read (${code})` }],
      file,
    );
  }
}
