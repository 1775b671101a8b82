import { Secret } from "@meridian/core";
import type { ConfigPath, ProblemReporter } from "./config-problem.js";
import { type ConfigSources, variable } from "./config-sources.js";
import { secretReferencePattern } from "./schema/fields.js";

/**
 * The secret that a reference names, without the white space around it. Undefined, and a problem that names the
 * reference, where there is none.
 */
export function resolveSecret(
  reference: string,
  path: ConfigPath,
  sources: ConfigSources,
  report: ProblemReporter,
): Secret | undefined {
  const [, kind, source = ""] = secretReferencePattern.exec(reference) ?? [];
  const value =
    kind === "env" ? readVariable(source, path, sources, report) : readSecretFile(source, path, sources, report);
  if (value === undefined) return undefined;
  const problem = keyProblem(value);
  if (problem === undefined) return new Secret(value);
  report.at(path, `the value of ${reference} ${problem}`);
  return undefined;
}

/** What is wrong with the value of a key; undefined where nothing is. The value is never in it. */
export function keyProblem(value: string): string | undefined {
  // It travels in an Authorization header: visible ASCII only, RFC 9110 section 5.5.
  if (!/^[\x21-\x7e]+$/.test(value)) return "holds white space or characters that an HTTP header cannot carry";
  return value.length > 4096 ? "is longer than 4096 characters" : undefined;
}

/** A file's text; undefined, and a problem with the system's error code, where it cannot be read. */
export function readText(
  file: string,
  path: ConfigPath,
  sources: ConfigSources,
  report: ProblemReporter,
): string | undefined {
  try {
    return sources.readFile(file);
  } catch (error) {
    // The code alone: the message of an unknown error may hold anything.
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "error";
    report.at(path, `the file ${JSON.stringify(file)} cannot be read (${code}); create it or correct the path`);
    return undefined;
  }
}

function readVariable(name: string, path: ConfigPath, { environment }: ConfigSources, report: ProblemReporter) {
  const value = variable(environment, name);
  if (value !== undefined) return value;
  const state = environment[name] === undefined ? "is not set" : "is empty";
  report.at(path, `the variable of \${env:${name}} ${state}; set ${name}`);
  return undefined;
}

function readSecretFile(file: string, path: ConfigPath, sources: ConfigSources, report: ProblemReporter) {
  const value = readText(file, path, sources, report)?.trim();
  if (value !== "") return value;
  report.at(path, `the file of \${file:${file}} is empty; write the key into it`);
  return undefined;
}
