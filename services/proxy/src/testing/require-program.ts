import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

/**
 * The path of a program that npm does not bring. Where it is missing the test skips and says so, unless
 * `MERIDIAN_REQUIRE` names the program: then the test fails. See CONTRIBUTING.md.
 */
export function requireProgram(context: Pick<TestContext, "skip">, name: string): string {
  const path = findProgram(name);
  if (path !== undefined) return path;
  const required = (process.env["MERIDIAN_REQUIRE"] ?? "").split(/\s+/);
  if (required.includes(name)) throw new Error(`${name} is not on the PATH, and MERIDIAN_REQUIRE names it`);
  return context.skip(`${name} is not on the PATH`);
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
