import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requireProgram } from "./require-program.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "meridian-programs-"));
  mkdirSync(join(directory, "empty"));
  mkdirSync(join(directory, "bin/folder"), { recursive: true });
  writeFileSync(join(directory, "bin/plain-file"), "");
  writeFileSync(join(directory, "bin/program"), "");
  chmodSync(join(directory, "bin/program"), 0o755);
  vi.stubEnv("PATH", [join(directory, "empty"), "", join(directory, "bin")].join(delimiter));
  vi.stubEnv("MERIDIAN_REQUIRE", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** Skipping a test throws in Vitest, too. */
const context = {
  skip(note?: string | boolean): never {
    throw new Error(`skipped: ${note}`);
  },
};

test("gives the path of a program", () => {
  expect(requireProgram(context, "program")).toBe(join(directory, "bin/program"));
});

test.each(["missing", "plain-file", "folder"])("skips where %s is no program, and says so", (name) => {
  expect(() => requireProgram(context, name)).toThrow(`skipped: ${name} is not on the PATH`);
});

test("skips where MERIDIAN_REQUIRE names others", () => {
  vi.stubEnv("MERIDIAN_REQUIRE", "chromium missing-too");
  expect(() => requireProgram(context, "missing")).toThrow("skipped: missing is not on the PATH");
});

test("fails where MERIDIAN_REQUIRE names it", () => {
  vi.stubEnv("MERIDIAN_REQUIRE", "chromium  missing");
  expect(() => requireProgram(context, "missing")).toThrow(
    "missing is not on the PATH, and MERIDIAN_REQUIRE names missing",
  );
});
