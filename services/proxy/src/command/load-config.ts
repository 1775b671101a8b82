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
}

/** Reads and checks the file; undefined: the defaults alone. Throws `ConfigRefused`. */
export function loadConfig(file: string | undefined) {
  const parsed = parseConfig(file === undefined ? "" : readConfigFile(file), file);
  if ("problems" in parsed) throw refused(parsed.problems, file);
  return parsed;
}

/** Compiles a checked configuration. `insecure`: a public address may go without `auth`. Throws `ConfigRefused`. */
export function compile(
  parsed: ReturnType<typeof loadConfig>,
  file: string | undefined,
  environment: CommandWorld["environment"],
  embeddedEndpoint: EmbeddedEndpoint | undefined,
  insecure: boolean,
): RuntimeConfig {
  const { config, positionOf } = parsed;
  const readFile = (path: string) => readFileSync(path, "utf8");
  const compiled = compileConfig(config, { environment, readFile, positionOf, embeddedEndpoint, insecure });
  if ("problems" in compiled) throw refused(compiled.problems, file);
  return compiled.runtime;
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new ConfigRefused(`${file}: the file cannot be read (${code})`);
  }
}

function refused(problems: readonly ConfigProblem[], file: string | undefined): ConfigRefused {
  return new ConfigRefused(formatProblems(problems, file ?? "(no file)"));
}
