import { type CompileConfigResult, compileConfig } from "../compile-config.js";
import type { ConfigProblem } from "../config-problem.js";
import type { ConfigSources } from "../config-sources.js";
import { parseConfig } from "../parse-config.js";
import type { RuntimeConfig } from "../runtime-config.js";
import type { Config } from "../schema/config-schema.js";

/** An empty environment and no file. */
export const noFiles: ConfigSources = { environment: {}, readFile: filesOf({}) };

/** Reads from a table of files. */
export function filesOf(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return text;
  };
}

/** Parses and compiles; throws where the form is wrong already. */
export function compile(
  text: string,
  sources: Partial<ConfigSources> = {},
): CompileConfigResult & { readonly config: Config } {
  const parsed = parseConfig(text);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { config, positionOf } = parsed;
  return { config, ...compileConfig(config, { ...noFiles, positionOf, ...sources }) };
}

/** What comes out of a configuration without problems. */
export function compileOrThrow(text: string, sources: Partial<ConfigSources> = {}): RuntimeConfig {
  const compiled = compile(text, sources);
  if ("problems" in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.runtime;
}

/** The problems of a configuration that has some; empty where it has none. */
export function fails(text: string, sources: Partial<ConfigSources> = {}): readonly ConfigProblem[] {
  const compiled = compile(text, sources);
  return "problems" in compiled ? compiled.problems : [];
}
