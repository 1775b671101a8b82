import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";
import { workspaceRoot } from "./spawn-command.js";

/**
 * The path of a program that npm does not bring. Where it is missing the test skips and says so, unless
 * `MERIDIAN_REQUIRE` names the program: then the test fails. See CONTRIBUTING.md.
 */
export function requireProgram(context: Pick<TestContext, "skip">, name: string): string {
  return findProgram(name) ?? missing(context, name, `${name} is not on the PATH`);
}

/**
 * The path of the Python that has the official SDK of OpenAI, see `scripts/install-python.sh`. Where nobody has run that the
 * test skips or fails as with `requireProgram`; the name is python3.
 */
export function requirePython(context: Pick<TestContext, "skip">): string {
  const environment = `${workspaceRoot}.cache/python`;
  // The script puts this file there when all else is.
  if (existsSync(`${environment}/requirements.txt`)) return `${environment}/bin/python`;
  return missing(context, "python3", "there is no .cache/python (scripts/install-python.sh)");
}

function missing(context: Pick<TestContext, "skip">, name: string, what: string): never {
  const required = (process.env["MERIDIAN_REQUIRE"] ?? "").split(/\s+/);
  if (required.includes(name)) throw new Error(`${what}, and MERIDIAN_REQUIRE names ${name}`);
  return context.skip(what);
}

function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
